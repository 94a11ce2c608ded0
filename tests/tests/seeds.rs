//! Replays the seeds of fuzzing, and the inputs that it found, without a fuzzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wechat_material::{Material, VideoLink};
use wechat_material_tests::properties::{self, Verdict, Verdicts};
use wechat_material_tests::{Reached, check_call_events_thoroughly, mutate_once, recorded};

fn inputs(kind: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(kind).join(target);
    let inputs: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!inputs.is_empty(), "no {kind} of {target}");
    inputs
}

fn seeds(target: &str) -> Vec<PathBuf> {
    inputs("seeds", target)
}

type Replay = fn(&[u8]);

/// The fuzz targets, each with the function that checks an input.
const TARGETS: [(&str, Replay); 6] = [
    ("parse_response", |recording| {
        if let Ok(response) = recorded::read(recording) {
            properties::check_response(&response);
        }
    }),
    ("receive_chunks", |chunked| {
        let Some((lengths, recording)) = recorded::read_chunk_lengths(chunked) else { return };
        if let Ok(response) = recorded::read(recording) {
            properties::check_response_in_chunks(&response, &lengths);
        }
    }),
    ("call_events", |script| {
        let _ = check_call_events_thoroughly(script);
    }),
    ("repair_json", properties::check_json),
    ("content_disposition", properties::check_file_name),
    ("build_request", |input| {
        if let Ok(text) = std::str::from_utf8(input) {
            let mut lines = text.splitn(3, '\n');
            let mut line = || lines.next().unwrap_or_default();
            properties::check_request(line(), line(), line());
        }
    }),
];

#[test]
fn every_input_that_fuzzing_found_has_the_properties() {
    for (target, replay) in TARGETS {
        for path in inputs("found", target) {
            println!("{}", path.display());
            replay(&fs::read(path).unwrap());
        }
    }
}

/// The kind, the evidence and the repairs of a verdict.
fn reached(verdict: &Verdict) -> Vec<String> {
    let parsed = match verdict {
        Ok(parsed) => parsed,
        Err(error) => return vec![format!("error {}", error.kind())],
    };
    let kind = match &parsed.output {
        Material::News(_) => "news",
        Material::Video(video) if matches!(video.link(), VideoLink::Page(_)) => "video page",
        Material::Video(_) => "video file",
        Material::File(file) if file.info.file_type().is_some() => "file known",
        Material::File(_) => "file unknown",
        _ => "new",
    };
    let repairs = parsed.repairs.iter().map(|repair| format!("{:?}", repair.kind));
    [kind.to_owned(), format!("{:?}", parsed.evidence)].into_iter().chain(repairs).collect()
}

#[test]
fn the_seeds_have_the_properties_and_reach_every_verdict() {
    let mut all = BTreeSet::new();
    for path in seeds("parse_response") {
        let response =
            recorded::read(&fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let Verdicts { tolerant, strict, narrow } = properties::check_response(&response);
        all.extend([tolerant, strict, narrow].iter().flat_map(reached));
    }
    let everything = [
        // Verdicts:
        "news",
        "video file",
        "video page",
        "file known",
        "file unknown",
        // Evidence:
        "Attachment",
        "JsonBody",
        "JsonType",
        "MagicBytes",
        "MediaType",
        "BinaryBody",
        // Repairs:
        "ByteOrderMark",
        "DoubledColon",
        "TrailingComma",
        "Comment",
        "ControlCharacter",
        "InvalidEscape",
        "LoneSurrogate",
        "InvalidUtf8",
        // Errors:
        "error fault",
        "error status",
        "error length",
        "error encoded",
        "error empty",
        "error text",
        "error json",
        "error shape",
        "error too-large",
    ];
    assert_eq!(all, everything.iter().map(|&name| name.to_owned()).collect());
}

#[test]
fn every_seed_with_one_change_has_the_properties() {
    let (seeds, mut judged) = (seeds("parse_response"), 0);
    for path in &seeds {
        let recording = fs::read(path).unwrap();
        for seed in 0..50 {
            // A change may make an incomplete head unreadable.
            let Ok(response) = recorded::read(&mutate_once(&recording, seed)) else { continue };
            properties::check_response(&response);
            properties::check_response_in_chunks(&response, &[511, 1, 7]);
            judged += 1;
        }
    }
    assert!(judged > 49 * seeds.len(), "{judged} of {}", 50 * seeds.len());
}

#[test]
fn every_seed_in_other_chunks_has_the_properties() {
    for path in seeds("receive_chunks") {
        let chunked = fs::read(&path).unwrap();
        let (_, recording) = recorded::read_chunk_lengths(&chunked).unwrap_or_else(|| panic!("{path:?}"));
        let response = recorded::read(recording).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        for lengths in [&[1][..], &[511, 1, 1], &[512], &[513], &[4095, 1, 1], &[4096], &[4097], &[]] {
            properties::check_response_in_chunks(&response, lengths);
        }
    }
}

#[test]
fn every_seed_has_its_property() {
    for (target, replay) in TARGETS {
        for path in seeds(target) {
            println!("{}", path.display());
            replay(&fs::read(path).unwrap());
        }
    }
}

#[test]
fn the_seeds_of_call_events_have_the_properties_and_reach_every_situation() {
    let mut all = Reached::default();
    for path in seeds("call_events") {
        println!("{}", path.display());
        all = all.and(check_call_events_thoroughly(&fs::read(&path).unwrap()));
    }
    assert_eq!(all.names().collect::<Vec<_>>(), Reached::ALL);
}
