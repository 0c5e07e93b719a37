//! Try-confirm/cancel: a death before the decision gives the trip up, and one after it does not.

use crate::moments::{die_at_any_moment, trips};
use crate::process::Process;
use crate::scene::Scene;

const SERVICES: [&str; 3] = ["booking", "hotel", "airline"];
/// So many that each of the first ones can be booked.
const TRIPS: i64 = 90;
const CUT_OFF: &str = "not booked: the booking was cut off";

#[tokio::test]
async fn every_step_is_survived() {
    let scene = Scene::on_files(TRIPS).patiently();
    let mut services = scene.start_all(SERVICES).await;
    let mut trip = 0;

    // The travellers' process holds the places and decides.
    for (step, letter) in [
        ("tcc.opened", CUT_OFF),
        ("tcc.room-held", CUT_OFF),
        ("tcc.seat-held", CUT_OFF),
        ("tcc.decided", "booked"),
    ] {
        trip += 1;
        scene.ask_fatal("tcc-travellers", trip, trip, step).await.dies(step).await;
        scene.give_up().await;
        scene.settled(trip).await;
        assert_eq!(scene.letter(trip).await, letter, "{step}");
    }

    // The booking service's worker confirms.
    for step in ["tcc.room-confirmed", "tcc.seat-confirmed", "tcc.closed"] {
        trip += 1;
        die_once(&scene, &mut services[0], "booking", step, "", trip).await;
        scene.settled(trip).await;
        assert_eq!(scene.letter(trip).await, "booked", "{step}");
    }
    // It cancels what was cut off.
    for step in ["tcc.room-cancelled", "tcc.seat-cancelled", "tcc.closed"] {
        trip += 1;
        die_once(&scene, &mut services[0], "booking", step, "tcc.room-held", trip).await;
        scene.settled(trip).await;
        assert_eq!(scene.letter(trip).await, CUT_OFF, "{step}");
    }

    // The participants die while they answer.
    for (index, service) in [(1, "hotel"), (2, "airline")] {
        for step in ["desk.holding", "desk.held"] {
            trip += 1;
            die_once(&scene, &mut services[index], service, step, "", trip).await;
            scene.settled(trip).await;
            assert_eq!(
                scene.letter(trip).await,
                format!("not booked: the {service} does not answer"),
                "{step}"
            );
        }
        for step in ["desk.confirming", "desk.confirmed"] {
            trip += 1;
            die_once(&scene, &mut services[index], service, step, "", trip).await;
            scene.settled(trip).await;
            assert_eq!(scene.letter(trip).await, "booked", "{step}");
        }
        for step in ["desk.cancelling", "desk.cancelled"] {
            trip += 1;
            die_once(&scene, &mut services[index], service, step, "tcc.room-held", trip).await;
            scene.settled(trip).await;
            assert_eq!(scene.letter(trip).await, CUT_OFF, "{step}");
        }
    }
    scene.check(trip).await;
}

/// Starts a service again, so that it dies at a step while a trip is asked for, whose travellers may die as well; and
/// then once more.
async fn die_once(
    scene: &Scene,
    process: &mut Process,
    service: &str,
    step: &str,
    travellers_die_at: &str,
    trip: i64,
) {
    process.kill().await;
    *process = scene.start_fatal(service, &[], "TRIP_KILL_AT", step).await;
    let mut travellers = scene.ask_fatal("tcc-travellers", trip, trip, travellers_die_at).await;
    if travellers_die_at.is_empty() {
        travellers.succeeds().await;
    } else {
        travellers.dies(travellers_die_at).await;
        scene.give_up().await;
    }
    process.dies(step).await;
    *process = scene.start(service).await;
}

#[tokio::test]
async fn it_ends_right_whatever_is_killed() {
    let scene = Scene::on_files(trips());
    drop(scene.start_all(SERVICES).await);
    let books = die_at_any_moment(&scene, &SERVICES, "tcc-travellers", 12).await;
    assert!(books.outcomes(scene.sample()).0 > 0);
}
