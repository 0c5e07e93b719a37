//! Child processes of this program, and what the system knows about a process. Linux only: reads `/proc`.

use std::fs;
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::Result;

/// Starts this program again with other arguments; it is killed when the answer is dropped.
///
/// # Errors
/// The program cannot be started.
pub fn start(arguments: &[&str]) -> Result<Child> {
    let child = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    Ok(child)
}

/// Runs this program with other arguments to its end, and reads the numbers that it prints.
///
/// # Errors
/// It could not be started, failed, or printed something else.
pub async fn output(arguments: &[&str]) -> Result<Vec<f64>> {
    let output = start(arguments)?.wait_with_output().await?;
    if !output.status.success() {
        return Err(format!("the child {arguments:?} ended with {}", output.status).into());
    }
    let said = String::from_utf8(output.stdout)?;
    Ok(said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?)
}

/// The most resident memory that this process ever had, in KiB.
///
/// # Errors
/// There is no `/proc`.
pub fn resident_high_water_mark() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// CPU time of the children that have ended and their children, user and system together.
///
/// # Errors
/// There is no `/proc`.
pub fn cpu_seconds_of_children() -> Result<f64> {
    // cutime and cstime.
    Ok(seconds_in(&fs::read_to_string("/proc/self/stat")?, 16).ok_or("no name in /proc/self/stat")?)
}

/// CPU time of a process, user and system together, by what its `/proc/PID/stat` says.
pub fn cpu_seconds(stat: &str) -> Option<f64> {
    // utime and stime.
    seconds_in(stat, 14)
}

/// The sum of two fields, the first of which is counted from 1.
fn seconds_in(stat: &str, first: usize) -> Option<f64> {
    // The second field may hold anything, in parentheses; what follows begins with the third.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: u64 =
        fields.split_whitespace().skip(first - 3).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}
