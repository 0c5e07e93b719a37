//! What happens where nothing is asked for.

use permits::input::SAMPLE;

use crate::support::{permits, report, row_counts};

#[tokio::test]
async fn without_arguments_the_sample_is_taken_into_a_fresh_directory() {
    let (code, report) = report(&permits().arg("--json").output().unwrap());
    let rows = SAMPLE.lines().count() as u64 - 1;
    assert_eq!((code, row_counts(&report)), (0, [rows, 0, 0]));
    let directory = std::path::PathBuf::from(report["data_dir"].as_str().unwrap());
    assert!(directory.join("permits.db").is_file() && directory.join("portal.db").is_file());
    std::fs::remove_dir_all(directory).unwrap();
}
