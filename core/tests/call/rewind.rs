//! Downloads that break off: rewinding the sink, and what happens then.

use std::io;
use std::time::Duration;

use wechat_material::driver::Feed;
use wechat_material::{
    ApiError, CallError, ClientError, FailureKind, File, FileInfo, Material, ParseOptions,
};

use crate::download::{begun, head, picture, receiving, setup};
use crate::{MINUTE, NANOSECOND, SECOND, Step};

#[test]
fn a_download_that_breaks_off_starts_over_after_the_sink_is_rewound() {
    let setup = setup();
    let mut download = begun(&setup, 600);
    assert_eq!(download.breaks_off(), Step::Rewind);
    assert_eq!(download.written(), "Call { attempts: 1, written: 600, .. }");
    download.call.handle_rewound(download.now);
    assert_eq!(download.written(), "Call { attempts: 1, written: 0, .. }");
    let step = download.poll();
    let time = download.waits(step);
    assert!(time <= SECOND / 2, "{time:?}");
    // No bytes of the first attempt are left.
    download.call.handle_head(head(200, &[]), download.now);
    download.holds(&picture(100));
    let rest = Feed::File { held: picture(100), chunk: &[][..] };
    assert_eq!(download.call.handle_end(download.now), rest);
    let Material::File(info) = download.finished().unwrap().output else { panic!("not a file") };
    assert_eq!(info.length, Some(100));
}

#[test]
fn a_download_whose_sink_cannot_be_rewound_ends_with_the_first_failure() {
    let setup = setup();
    let mut download = begun(&setup, 600);
    download.writes(b"", b"and on");
    assert_eq!(download.breaks_off(), Step::Rewind);
    download.call.handle_no_rewind(download.now);
    let error = download.error();
    let ClientError::Call { attempts: 1, written: 606, cause, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*cause, CallError::Transport(_)));
}

#[test]
fn a_sink_is_not_rewound_before_a_byte_was_written() {
    let setup = setup();
    let mut download = receiving::<FileInfo>(&setup, &[]);
    download.holds(&picture(511));
    let step = download.breaks_off();
    download.waits(step);

    // A call that collects the bytes never rewinds.
    let mut fetch = receiving::<File>(&setup, &[]);
    fetch.holds(&picture(9000));
    let step = fetch.breaks_off();
    fetch.waits(step);
    fetch.call.handle_head(head(200, &[]), fetch.now);
    fetch.holds(&picture(1000));
    assert_eq!(fetch.ends(), Step::Finish);
    let Material::File(file) = fetch.finished().unwrap().output else { panic!("not a file") };
    assert_eq!(file.bytes, picture(1000));
}

#[test]
fn a_sink_is_rewound_before_a_final_error_too() {
    let setup = setup();
    for rewinds in [true, false] {
        let mut download = begun(&setup, 600);
        assert_eq!(download.failed(FailureKind::Final), Step::Rewind);
        if rewinds {
            download.call.handle_rewound(download.now);
        } else {
            download.call.handle_no_rewind(download.now);
        }
        let ClientError::Call { attempts: 1, written, .. } = download.error() else {
            panic!("another error")
        };
        assert_eq!(written, if rewinds { 0 } else { 600 });
    }
}

#[test]
fn a_file_that_is_shorter_than_announced_is_fetched_again() {
    let setup = setup();
    let mut download = receiving::<FileInfo>(&setup, &[("content-length", "601")]);
    download.writes(b"", &picture(600));
    assert_eq!(download.ends(), Step::Rewind);
    download.call.handle_rewound(download.now);
    let step = download.poll();
    download.waits(step);
}

#[test]
fn a_limit_of_the_caller_ends_a_download_that_has_begun() {
    let mut setup = setup();
    setup.config.options = ParseOptions::default().max_file(5000);
    let mut download = begun(&setup, 5000);
    download.holds(b"x");
    assert_eq!(download.poll(), Step::Rewind);
    download.call.handle_no_rewind(download.now);
    let ClientError::Call { written: 5000, cause, .. } = download.error() else { panic!("another error") };
    assert!(matches!(*cause, CallError::Api(ApiError::TooLarge { limit: 5000, .. })));
}

#[test]
fn a_sink_that_fails_ends_the_call_at_any_point() {
    fn full() -> io::Error {
        io::Error::from(io::ErrorKind::StorageFull)
    }
    let setup = setup();
    let mut writing = begun(&setup, 600);
    writing.call.handle_sink_failure(full(), 20, writing.now);

    let mut rewinding = begun(&setup, 600);
    assert_eq!(rewinding.breaks_off(), Step::Rewind);
    rewinding.call.handle_sink_failure(full(), 20, rewinding.now);

    // When the rest is written …
    let mut ended = receiving::<FileInfo>(&setup, &[]);
    ended.holds(&picture(100));
    assert!(matches!(ended.call.handle_end(ended.now), Feed::File { .. }));
    ended.call.handle_sink_failure(full(), 20, ended.now);
    // … or when everything is written and the sink is closed.
    let mut closed = begun(&setup, 600);
    assert_eq!(closed.ends(), Step::Finish);
    closed.call.handle_sink_failure(full(), 20, closed.now);

    for download in [writing, rewinding, ended, closed] {
        let error = download.error();
        assert!(error.fault().is_none());
        let ClientError::Sink { written: 20, cause, .. } = error else { panic!("{error:?}") };
        assert_eq!(cause.kind(), io::ErrorKind::StorageFull);
    }
}

#[test]
fn a_wait_that_would_end_too_late_after_rewinding_is_not_begun() {
    let setup = setup();
    let broken = |rewinding| {
        let mut download = begun(&setup, 600);
        assert_eq!(download.breaks_off(), Step::Rewind);
        download.later(rewinding);
        download.call.handle_rewound(download.now);
        download.poll()
    };
    let Step::Wait(time) = broken(Duration::ZERO) else { panic!("no wait") };
    let most = (2 * MINUTE).checked_sub(time).unwrap();
    assert_eq!(broken(most), Step::Wait(time));
    assert_eq!(broken(most + NANOSECOND), Step::Finish);
}
