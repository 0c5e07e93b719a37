//! What a read-me promises.

use super::program::without_directory;

/// Compares a report with what the read-me says that the program prints, which is of a run with five kills. With another
/// number of them, the lines are left out that tell who was killed and how much was done.
///
/// # Panics
/// They differ, or others were killed than so many.
pub fn assert_promised(report: &str, read_me: &str, kills: u32) {
    let (_, promised) = read_me.split_once("```text\n").expect("the read-me shows a report");
    let (promised, _) = promised.split_once("```").expect("the report ends");
    let promised = without_directory(promised);
    if kills == 5 {
        assert_eq!(report, promised);
    } else {
        assert_eq!(without_numbers(report), without_numbers(promised));
    }
    let killed = report.lines().find_map(|line| line.strip_prefix(KILLED)).unwrap_or_default();
    assert_eq!(killed.split(", ").count() as u32, kills, "{report}");
}

/// How the line begins that tells who was killed.
const KILLED: &str = "Killed meanwhile: ";

fn without_numbers(report: &str) -> Vec<&str> {
    report.lines().filter(|line| !line.starts_with(KILLED) && !line.contains(" more ")).collect()
}
