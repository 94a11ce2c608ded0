//! `list`: every page of a list, in every format.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;
use wechat_material::MaterialType;
use wechat_material_testkit::{Emulator, Quirk};

use crate::gateway::{fault, gateway, response};
use crate::program::{Run, end_of, program, run, started, with_credentials};

fn list(emulator: &Emulator, options: &[&str]) -> Run {
    run(&mut with_credentials(emulator, &[&["list"], options].concat()))
}

/// The names in JSON on a line each.
fn names(lines: &str) -> Vec<String> {
    let name = |line| serde_json::from_str::<Value>(line).unwrap()["name"].as_str().unwrap().to_owned();
    lines.lines().map(name).collect()
}

fn numbers(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

/// What was asked for, page by page.
fn pages(emulator: &Emulator) -> Vec<(u64, u64)> {
    let exchanges = emulator.take_exchanges();
    let pages = exchanges.iter().filter(|exchange| exchange.target.contains("batchget_material"));
    let asked = pages.map(|exchange| serde_json::from_slice::<Value>(&exchange.body).unwrap());
    asked.map(|asked| (asked["offset"].as_u64().unwrap(), asked["count"].as_u64().unwrap())).collect()
}

#[test]
fn people_get_a_table() {
    let emulator = Emulator::start().unwrap();
    let listed = list(&emulator, &[]).expect_fine();
    assert_eq!(
        listed.text().lines().collect::<Vec<_>>(),
        [
            "  media id  changed (UTC)     name        url",
            "  ────────  ────────────────  ──────────  ────────────────────────────────────────────",
            "  IMAGE-02  2026-10-17 01:00  IMAGE-02    http://pictures.example/IMAGE-02?wx_fmt=jpeg",
            "  IMAGE-01  2026-10-17 00:00  绿与蓝.jpg  http://pictures.example/IMAGE-01?wx_fmt=jpeg",
        ]
    );
    let listed = list(&emulator, &["--type", "news"]).expect_fine();
    let url = "http://mp.weixin.qq.com/s?__biz=MzAwMDAwMDAwMA==&mid=100000002&idx=1&sn=0#rd";
    let row =
        format!("  NEWS-SEVERAL_0000000000000000000000000000000  2026-10-20 00:00  一碗面的时间 +2  {url}");
    assert_eq!(listed.text().lines().nth(2), Some(row.as_str()));
    for (material_type, name) in [("voice", "  recording"), ("video", "  绿与蓝，一秒钟")] {
        let listed = list(&emulator, &["--type", material_type]).expect_fine();
        assert!(listed.text().lines().nth(3).unwrap().ends_with(name), "{}", listed.text());
    }
}

#[test]
fn programs_get_an_array_or_a_line_for_each() {
    let emulator = Emulator::start().unwrap();
    for material_type in ["image", "voice", "video", "news"] {
        let array = list(&emulator, &["--type", material_type, "--format", "json"]).expect_fine().json();
        let lines = list(&emulator, &["--type", material_type, "--format", "jsonl"]).expect_fine();
        let lines: Vec<Value> =
            lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(array, Value::Array(lines));
        assert_eq!(array.as_array().unwrap().len(), 2);
    }
    let news = list(&emulator, &["--type", "news", "--format", "json"]).expect_fine().json();
    assert_eq!(news[1]["content"]["articles"][0]["title"], "清晨的码头");
}

#[test]
fn all_pages_are_one_list_and_a_part_of_it_costs_no_more_pages() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, 45);
    for (options, expected, asked) in [
        (&[][..], 0..45, &[(0, 20), (20, 20), (40, 20)][..]),
        (&["--offset", "40"], 40..45, &[(40, 20)]),
        (&["--offset", "45"], 0..0, &[(45, 20)]),
        (&["--offset", "10", "--limit", "25"], 10..35, &[(10, 20), (30, 20)]),
        (&["--limit", "20"], 0..20, &[(0, 20)]),
        (&["--limit", "3"], 0..3, &[(0, 3)]),
        (&["--limit", "18446744073709551615"], 0..45, &[(0, 20), (20, 20), (40, 20)]),
    ] {
        let lines = list(&emulator, &[&["--format", "jsonl"], options].concat()).expect_fine();
        assert_eq!(names(lines.text()), numbers(expected.clone()), "{options:?}");
        assert_eq!(pages(&emulator), asked, "{options:?}");
        let table = list(&emulator, options).expect_fine();
        assert_eq!(table.text().lines().count(), 2 + expected.len(), "{options:?}");
        let array = list(&emulator, &[&["--format", "json"], options].concat()).expect_fine().json();
        assert_eq!(array.as_array().unwrap().len(), expected.len(), "{options:?}");
        emulator.take_exchanges();
    }
}

/// More pages than stdout holds lines of: the program waits for a reader in the midst of them.
const MANY: usize = 3_000;

#[test]
fn lines_come_as_the_pages_do_and_an_expired_token_is_renewed_between_them() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, MANY);
    let mut list = started(&mut with_credentials(&emulator, &["list", "--format", "jsonl"]));
    let mut stdout = BufReader::new(list.stdout.take().unwrap());
    let mut lines = String::new();
    stdout.read_line(&mut lines).unwrap();
    emulator.expire_tokens();
    stdout.read_to_string(&mut lines).unwrap();
    end_of(list).expect_fine();
    assert_eq!(names(&lines), numbers(0..MANY));
    let exchanges = emulator.take_exchanges();
    let tokens = exchanges.iter().filter(|exchange| exchange.target.contains("stable_token"));
    assert_eq!(tokens.count(), 2);
}

#[test]
fn a_list_that_breaks_off_says_where_to_go_on() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, MANY);
    let mut command = with_credentials(&emulator, &["list", "--format", "jsonl", "--offset", "7"]);
    let mut list = started(&mut command);
    let mut stdout = BufReader::new(list.stdout.take().unwrap());
    let mut lines = String::new();
    stdout.read_line(&mut lines).unwrap();
    emulator.misbehave_next(1, Quirk::Errcode(48001));
    stdout.read_to_string(&mut lines).unwrap();
    let stderr = end_of(list).expect_error(1).stderr;
    let listed = names(&lines).len();
    assert_eq!(names(&lines), numbers(7..7 + listed));
    for part in ["errcode 48001", &format!("next: continue with --offset {}", 7 + listed)] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}

#[test]
fn a_page_that_repeats_what_was_listed_ends_the_list_with_an_error() {
    // As a relay that loses the body of each request, and with it the number of the page.
    let body = r#"{"total_count":9,"item_count":2,"item":[{"media_id":"a","name":"1"},{"media_id":"b","name":"2"}]}"#;
    let base = gateway(move |_| response("HTTP/1.1 200 OK", body));
    for format in ["jsonl", "table", "json"] {
        let mut command = program(&["list", "--format", format, "--base-url", &base]);
        let broken = run(command.env("WECHAT_ACCESS_TOKEN", "81_Zx3"));
        assert_eq!(broken.code, 1);
        match format {
            "jsonl" => assert_eq!(names(broken.text()), ["1", "2"]),
            "table" => assert_eq!(broken.text().lines().count(), 4, "{}", broken.text()),
            _ => assert_eq!(broken.text(), ""),
        }
        for part in ["error: page 2 of the list repeats", "check that proxies or gateways"] {
            assert!(broken.stderr.contains(part), "{part}: {}", broken.stderr);
        }
        // There it would begin with the same page.
        assert!(!broken.stderr.contains("--offset"), "{}", broken.stderr);
    }
}

#[test]
fn an_incomplete_list_is_not_an_array() {
    let emulator = Emulator::start().unwrap();
    let mut command = with_credentials(&emulator, &["list", "--format", "json"]);
    let token = emulator.token();
    command.env("WECHAT_ACCESS_TOKEN", token.expose());
    emulator.misbehave_next(1, Quirk::Errcode(48001));
    let refused = run(&mut command).expect_error(1);
    assert!(refused.stderr.contains("errcode 48001"), "{}", refused.stderr);
    // Nor is what breaks off later: one page is there, the next is not.
    let mut pages = 0;
    let base = gateway(move |_| {
        pages += 1;
        match pages {
            1 => response(
                "HTTP/1.1 200 OK",
                r#"{"total_count":9,"item_count":1,"item":[{"media_id":"a","name":"b"}]}"#,
            ),
            _ => fault(48001, "api unauthorized"),
        }
    });
    let mut command = program(&["list", "--format", "json", "--base-url", &base]);
    run(command.env("WECHAT_ACCESS_TOKEN", "81_Zx3")).expect_error(1);
}

#[test]
fn a_reader_that_has_seen_enough_ends_it() {
    let emulator = Emulator::start().unwrap();
    emulator.fill(MaterialType::Image, 100_000);
    let mut list = started(&mut with_credentials(&emulator, &["list", "--format", "jsonl"]));
    let mut line = String::new();
    BufReader::new(list.stdout.take().unwrap()).read_line(&mut line).unwrap();
    end_of(list).expect_fine();
    assert!(pages(&emulator).len() < 1_000);
}
