//! Kills at moments that nobody chose: a seed stands for victims and moments.

use std::time::Duration;

use consistency::books::Books;
use fastrand::Rng;
use futures_util::future::join_all;

use crate::process::Process;
use crate::scene::Scene;

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often somebody dies: `EXAMPLE_KILLS`, or five times.
pub(crate) fn kills() -> i64 {
    std::env::var("EXAMPLE_KILLS").map_or(5, |kills| kills.parse().expect("EXAMPLE_KILLS is a number"))
}

/// How many trips that takes.
pub(crate) fn trips() -> i64 {
    kills() * 8
}

/// Kills one of the parts again and again, while trips are closed: each time when some number of them is. Who has died
/// starts again at once. The last of the parts are travellers, who share the trips between them.
pub(crate) async fn die_at_any_moment(
    scene: &Scene,
    services: &[&str],
    travellers: &str,
    seed: u64,
) -> Books {
    let mut rng = Rng::with_seed(seed);
    let (trips, kills) = (trips(), kills());
    let halves = [(1, trips / 2), (trips / 2 + 1, trips)];
    let start = async |index: usize| {
        if let Some(service) = services.get(index) {
            return scene.start(service).await;
        }
        let (from, to) = halves[index - services.len()];
        scene.ask(travellers, from, to).await
    };
    let mut running: Vec<Process> = join_all((0..services.len() + halves.len()).map(start)).await;
    let mut ledgers = scene.ledgers().await;
    // Each kill has a stretch of the trips for itself, and comes anywhere in it; the last trips are left to be seen.
    let stretch = trips * 3 / 4 / kills;
    for kill in 0..kills {
        let moment = kill * stretch + rng.i64(0..stretch);
        ledgers.wait_until_closed(moment, PATIENCE).await.unwrap();
        // Travellers who have asked for everything cannot die any more.
        let mut victim = rng.usize(0..running.len());
        while running[victim].has_ended() {
            victim = rng.usize(0..running.len());
        }
        running[victim].kill().await;
        running[victim] = start(victim).await;
    }
    for travellers in &mut running[services.len()..] {
        travellers.succeeds().await;
    }
    scene.check(trips).await
}
