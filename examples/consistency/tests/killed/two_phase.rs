//! Two-phase commit: the log decides what becomes of a transaction in doubt.

use crate::moments::{die_at_any_moment, trips};
use crate::scene::Scene;

/// So many that each of the first ones can be booked.
const TRIPS: i64 = 90;
const CUT_OFF: &str = "not booked: the booking was cut off";

#[tokio::test]
async fn every_step_is_survived() {
    let scene = Scene::on_server(TRIPS).await.patiently();
    let mut resolver = scene.start("resolver").await;
    let mut trip = 0;
    for (step, letter) in [
        ("2pc.opened", CUT_OFF),
        ("2pc.room-prepared", CUT_OFF),
        ("2pc.seat-prepared", CUT_OFF),
        ("2pc.deciding", CUT_OFF),
        ("2pc.decided", "booked"),
        ("2pc.room-finished", "booked"),
        ("2pc.seat-finished", "booked"),
    ] {
        trip += 1;
        // It might finish the trip before the travellers come to the step.
        resolver.kill().await;
        scene.ask_fatal("2pc-travellers", trip, trip, step).await.dies(step).await;
        resolver = scene.start("resolver").await;
        scene.give_up().await;
        scene.settled(trip).await;
        assert_eq!(scene.letter(trip).await, letter, "{step}");
    }

    // The server dies as well, while both transactions are prepared.
    for (step, letter) in [("2pc.seat-prepared", CUT_OFF), ("2pc.decided", "booked")] {
        trip += 1;
        resolver.kill().await;
        scene.ask_fatal("2pc-travellers", trip, trip, step).await.dies(step).await;
        scene.cluster().crash().unwrap();
        scene.cluster().start().unwrap();
        resolver = scene.start("resolver").await;
        scene.give_up().await;
        scene.settled(trip).await;
        assert_eq!(scene.letter(trip).await, letter, "{step}");
    }
    scene.check(trip).await;
}

#[tokio::test]
async fn it_ends_right_whatever_is_killed() {
    let scene = Scene::on_server(trips()).await;
    let books = die_at_any_moment(&scene, &["resolver"], "2pc-travellers", 13).await;
    assert!(books.outcomes(scene.sample()).0 > 0);
}
