//! SIGKILL again and again: of `permits` while it takes its input, and of `permits-worker` while it works.

use std::process::{Child, Command, Stdio};

use crate::support::generated::Generated;
use crate::support::place::open;
use crate::support::{Desk, Projections, row_counts};

/// Waits until a count in a database of the desk has reached `least`; `false` if the process ended before.
async fn reaches(desk: &Desk, child: &mut Child, count: &'static str, least: i64) -> bool {
    while child.try_wait().unwrap().is_none() {
        // At first there is no database, and then no table.
        if let Ok(mut office) = open(&desk.url("permits")).await
            && let Ok(found) = sqlx::query_scalar::<_, i64>(count).fetch_one(&mut office).await
            && found >= least
        {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

fn expected(generated: &Generated) -> Projections {
    Projections::of(generated.taken.iter().map(|step| [&*step[0], &*step[1], &*step[2], &*step[3]]))
}

#[tokio::test]
async fn permits_is_killed_and_started_again_with_the_same_input() {
    let generated = Generated::new(0xdead, 300, 40);
    let desk = Desk::new();
    let input = desk.write("log.csv", &generated.log);
    let mut kills = 0;
    for least in [1, 90, 330] {
        let mut taking = desk.permits();
        taking.arg("--input").arg(&input);
        taking.args(["--fail-rate", "0.1", "--seed", "3"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = taking.spawn().unwrap();
        if reaches(&desk, &mut child, "select count(*) from edafw_event", least).await {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
    }
    assert!(kills >= 2, "killed {kills} times: the thresholds no longer fit the input");
    let (code, report) = desk.take(&input, &[]);
    let [taken, already_taken, refused] = row_counts(&report);
    assert_eq!((code, refused), (3, generated.refused.len() as u64));
    assert_eq!(taken + already_taken, generated.taken.len() as u64 + generated.already_taken);
    assert_eq!(desk.projections().await, expected(&generated));
    let (stored, published) = desk.events("permit.step-completed").await;
    assert_eq!((stored, published), (2 * generated.taken.len() as i64, 2 * generated.taken.len() as i64));
}

fn worker(desk: &Desk) -> Command {
    let mut worker = desk.worker();
    worker.env("PERMITS_FAIL_RATE", "0.1").env("PERMITS_SEED", "9");
    worker.stdout(Stdio::null()).stderr(Stdio::null());
    worker
}

#[tokio::test]
async fn the_worker_is_killed_again_and_again_while_it_works() {
    let generated = Generated::new(0xbeef, 300, 40);
    let desk = Desk::new();
    desk.take(&desk.write("log.csv", &generated.log), &["--no-worker"]);
    let mut kills = 0;
    for least in [1, 150, 500, 900] {
        let mut child = worker(&desk).spawn().unwrap();
        if reaches(&desk, &mut child, "select count(*) from edafw_inbox", least).await {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
    }
    assert!(kills >= 2, "killed {kills} times: the thresholds no longer fit the input");
    assert!(worker(&desk).status().unwrap().success());
    desk.run_portal().await;
    assert!(worker(&desk).status().unwrap().success());
    assert_eq!(desk.projections().await, expected(&generated));
    let (stored, published) = desk.events("permit.step-completed").await;
    assert_eq!((stored, published), (2 * generated.taken.len() as i64, 2 * generated.taken.len() as i64));
}
