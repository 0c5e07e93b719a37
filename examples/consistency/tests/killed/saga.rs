//! The saga: a process that dies is started again, and the trips go on where they were.

use std::time::Duration;

use futures_util::future::join_all;

use crate::moments::{die_at_any_moment, trips};
use crate::scene::Scene;

const SERVICES: [&str; 3] = ["booking", "hotel", "airline"];

/// Steps of the framework between the commit of one step of the saga and that of the next.
const ON_THE_WAY: [&str; 6] = [
    "relay.claimed",
    "relay.sent",
    "recorder.marked",
    "worker.received",
    "worker.handled",
    "worker.committed",
];

/// How often somebody looks who has died.
const LOOK: Duration = Duration::from_millis(30);

/// As many trips as fill all flights, while every night has a room left or two.
const TRIPS: i64 = 40;

/// All services die at a point of the way when a trip comes by, and go on with it when they are there again.
async fn die_at(scene: &Scene, point: &str, trip: i64) -> String {
    let fatal = |service| scene.start_fatal(service, &[], "EDAFW_KILL_POINT", point);
    let mut services = join_all(SERVICES.map(fatal)).await;
    scene.ask("saga-travellers", trip, trip).await.succeeds().await;
    let (mut died, mut ledgers) = (0, scene.ledgers().await);
    while ledgers.wait_until_closed(trip, LOOK).await.is_err() {
        for (service, process) in SERVICES.iter().zip(&mut services) {
            if process.has_ended() {
                died += 1;
                *process = scene.start(service).await;
            }
        }
    }
    assert!(died > 0, "nobody came by {point}");
    scene.letter(trip).await
}

#[tokio::test]
async fn every_step_is_survived_on_the_way_forth_and_back() {
    let scene = Scene::on_files(TRIPS);
    // A queue gets what is sent once it is there.
    drop(scene.start_all(SERVICES).await);
    let mut trip = 0;
    for point in ON_THE_WAY {
        trip += 1;
        assert_eq!(die_at(&scene, point, trip).await, "booked", "{point}");
    }
    // The flights fill up; from then on a trip gets a room, and gives it back.
    let services = scene.start_all(SERVICES).await;
    scene.ask("saga-travellers", trip + 1, 33).await.succeeds().await;
    scene.settled(33).await;
    drop(services);
    trip = 33;
    for point in ["relay.sent", "worker.handled", "worker.committed", "worker.given-up"] {
        trip += 1;
        let letter = die_at(&scene, point, trip).await;
        assert!(["not booked: no seat", "not booked: no room"].contains(&&*letter), "{point}: {letter}");
    }
    let _services = scene.start_all(SERVICES).await;
    scene.check(trip).await;
}

#[tokio::test]
async fn the_saga_ends_right_whatever_is_killed() {
    let scene = Scene::on_files(trips());
    drop(scene.start_all(SERVICES).await);
    let books = die_at_any_moment(&scene, &SERVICES, "saga-travellers", 11).await;
    assert!(books.outcomes(scene.sample()).0 > 0);
}
