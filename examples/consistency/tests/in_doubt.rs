//! Two-phase commit: who waits for a trip in doubt, and who decides about it.

use std::time::Duration;

use consistency::books::{Books, Ledgers};
use consistency::sample::Sample;
use consistency::two_phase::{Cluster, Coordinator, Databases, Participant, Prepared, Resolved, Server};
use sqlx::{Connection, PgConnection};
use trip_places::{Claim, Steps};

const LONG: Duration = Duration::from_hours(1);

/// A coordinator, and a trip in doubt that its log does not know: May 6 is locked by it.
async fn in_doubt(databases: &Databases) -> (Coordinator, Participant) {
    let story = Sample::story();
    let coordinator = Coordinator::connect(databases, &story, Steps::default()).await.unwrap();
    let hotel = Participant::connect("hotel", &databases.urls()[1], &story.nights).await.unwrap();
    let claim = Claim { trip_no: 99, offer: "May 6".to_owned(), price: 90 };
    assert_eq!(hotel.prepare(&claim).await.unwrap(), Prepared::Yes);
    assert_eq!(hotel.in_doubt().await.unwrap(), [99]);
    (coordinator, hotel)
}

/// Waits until somebody waits for a lock.
async fn somebody_waits(databases: &Databases) {
    let mut hotel = PgConnection::connect(&databases.urls()[1]).await.unwrap();
    let waiting = async {
        let query = "select count(*) from pg_stat_activity \
                     where wait_event_type = 'Lock' and datname = current_database()";
        while sqlx::query_scalar::<_, i64>(query).fetch_one(&mut hotel).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.expect("the second trip waits for the first");
}

/// The trip of the story that was asked for: what became of it, and how many places are taken.
async fn books(databases: &Databases) -> (String, usize, usize) {
    let books = Books::read(&mut Ledgers::on_server(databases.urls()).await.unwrap()).await.unwrap();
    (books.trips[0].1.clone(), books.rooms.len(), books.seats.len())
}

#[tokio::test]
async fn a_trip_in_doubt_stops_others_until_the_log_decides() {
    let cluster = Cluster::start_new().unwrap();
    let server = Server::new(&cluster.url()).unwrap();
    let trip = Sample::story().trips[0].clone();

    // The log does not know trip 99, so it is rolled back; who has waited goes on.
    let databases = server.databases("presumed_abort").await.unwrap();
    let (coordinator, hotel) = in_doubt(&databases).await;
    let booking = tokio::spawn({
        let (coordinator, trip) = (coordinator.clone(), trip.clone());
        async move { coordinator.book(&trip).await }
    });
    somebody_waits(&databases).await;
    let resolved = coordinator.resolve(LONG).await.unwrap();
    assert_eq!(resolved, Resolved { given_up: 0, committed: 0, rolled_back: 1 });
    booking.await.unwrap().unwrap();
    assert_eq!(books(&databases).await, ("booked".to_owned(), 1, 1));
    assert_eq!(hotel.in_doubt().await.unwrap(), [0; 0]);

    // Recovery takes the decision away from a coordinator that waits for too long, and the coordinator follows it.
    let databases = server.databases("slow").await.unwrap();
    let (coordinator, hotel) = in_doubt(&databases).await;
    let booking = tokio::spawn({
        let coordinator = coordinator.clone();
        async move { coordinator.book(&trip).await }
    });
    somebody_waits(&databases).await;
    let resolved = coordinator.resolve(Duration::ZERO).await.unwrap();
    assert_eq!(resolved, Resolved { given_up: 1, committed: 0, rolled_back: 1 });
    booking.await.unwrap().unwrap();
    assert_eq!(books(&databases).await, ("not booked".to_owned(), 0, 0));
    assert_eq!(hotel.in_doubt().await.unwrap(), [0; 0]);

    // To finish a trip once more does no harm.
    assert!(!hotel.finish(99, false).await.unwrap());
    assert!(!hotel.finish(1, true).await.unwrap());
}
