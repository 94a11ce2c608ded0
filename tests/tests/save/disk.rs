//! A disk that is full.

use std::env;
use std::io::ErrorKind;
use std::process::Command;

use tempfile::tempdir;
use wechat_material::AccessToken;
use wechat_material_client::SaveTo;

use crate::held::serve;
use crate::{Clients, failure, names_in};

/// Set in the process whose files may not be long.
const LIMITED: &str = "TEST_WITH_LIMITED_FILES";

#[test]
fn a_full_disk_is_an_error_that_names_the_place_and_leaves_nothing() {
    if env::var_os(LIMITED).is_none() {
        // A limit on the length of files stands for a full disk; it is one of the whole process.
        let name = "disk::a_full_disk_is_an_error_that_names_the_place_and_leaves_nothing";
        let script = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
        let mut limited = Command::new("sh");
        limited.args(["-c", script, "sh"]).arg(env::current_exe().unwrap()).args(["--exact", name]);
        let output = limited.env(LIMITED, "").output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
        return;
    }
    let (base, end) = serve();
    end.send(()).unwrap();
    end.send(()).unwrap();
    Clients::new(base, &AccessToken::new("81_Zx3")).each(|download_to| {
        let folder = tempdir().unwrap();
        let file = folder.path().join("a file");
        let error = download_to("M", SaveTo::file(&file)).unwrap_err();
        assert!(
            error.to_string().contains("a file: File too large (os error 27); free some space"),
            "{error}"
        );
        assert_eq!(failure(Err(error)), (file, ErrorKind::FileTooLarge));
        let new = folder.path().join("new/folder");
        end.send(()).unwrap();
        assert_eq!(failure(download_to("M", SaveTo::folder(&new))), (new.join(""), ErrorKind::FileTooLarge));
        assert!(names_in(folder.path()).is_empty());
    });
}
