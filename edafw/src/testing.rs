//! Testing a service without a broker, without files and without waiting.
//!
//! A [`Harness`] runs the whole application against a database in memory: transactions with all their phases,
//! the relay, the queues, the subscribers. Nothing runs by itself: [`run_until_idle`](Harness::run_until_idle)
//! does what there is to do, and turns the clock where a retry has to wait.
//!
//! ```
//! use edafw::testing::Harness;
//! use edafw::{App, Error, Sqlite, Tx, domain_event, subscriber};
//!
//! edafw::service!("member");
//!
//! #[domain_event(name = "member.logged-in", key = member_no)]
//! struct MemberLoggedIn {
//!     member_no: i64,
//! }
//!
//! #[subscriber(layer = internal)]
//! async fn greet(event: &MemberLoggedIn) -> Result<(), Error> {
//!     println!("hello, {}", event.member_no);
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Error> {
//!     let harness = Harness::start(App::<Sqlite>::builder("member")).await?;
//!     let mut tx = harness.app().begin().await?;
//!     tx.publish(MemberLoggedIn { member_no: 7 }).await?;
//!     tx.commit().await?;
//!
//!     let report = harness.run_until_idle().await?;
//!     assert_eq!(report.published, [("member.logged-in".to_owned(), Some("7".to_owned()))]);
//!     assert_eq!(report.deliveries["greet"].handled, 1);
//!     Ok(())
//! }
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use edafw_core::{
    Backend, Clock, DeadLetter, DeadLetterFilter, DeliveryStore, Error, ErrorKind, EventQuery, EventState,
    EventStore, ManualClock, Republished, Result, StoredEvent,
};

use crate::worker::Republisher;
use crate::{App, AppBuilder, DeliveryStats, Worker};

/// An application in memory, with a clock that stands still.
pub struct Harness<B: Backend> {
    app: App<B>,
    worker: Option<Arc<Worker<B>>>,
    clock: Arc<ManualClock>,
}

/// What has happened since the harness was started.
#[derive(Debug)]
pub struct Report {
    /// The events that went all the way to the recorder: name and key, in the order of their commits.
    pub published: Vec<(String, Option<String>)>,
    /// What became of the deliveries, by subscriber.
    pub deliveries: BTreeMap<String, DeliveryStats>,
    /// The dead letters.
    pub dead_letters: Vec<DeadLetter>,
}

impl<B: Backend> Harness<B> {
    /// The clock never turns further than this in one [`run_until_idle`](Self::run_until_idle).
    const PATIENCE: Duration = Duration::from_hours(720);

    /// Starts the application. Its database is in memory, unless the builder names one.
    ///
    /// # Errors
    /// As [`AppBuilder::connect`].
    pub async fn start(builder: AppBuilder<B>) -> Result<Self> {
        Self::start_with_clock(builder, Arc::new(ManualClock::default())).await
    }

    /// [`start`](Self::start) with a clock that something else shares, such as a transport.
    ///
    /// # Errors
    /// As [`AppBuilder::connect`].
    pub async fn start_with_clock(builder: AppBuilder<B>, clock: Arc<ManualClock>) -> Result<Self> {
        let shared = Arc::clone(&clock) as Arc<dyn Clock>;
        let app = builder.default_database_url(":memory:").clock(shared).connect().await?;
        app.register().await?;
        // A service without subscribers can be tested as far as publishing goes.
        let worker = app.worker().ok();
        Ok(Self { app, worker, clock })
    }

    /// The application.
    pub fn app(&self) -> &App<B> {
        &self.app
    }

    /// The clock: turn it to let retries, leases or retention come due.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Does what there is to do at this moment of the clock; retries whose time has not come are left.
    ///
    /// # Errors
    /// The database could not be used.
    pub async fn run(&self) -> Result<Report> {
        if let Some(worker) = &self.worker {
            while worker.step().await? {}
        }
        self.report().await
    }

    /// Does what there is to do until nothing is left, turning the clock to the next retry as often as needed.
    ///
    /// # Errors
    /// The database could not be used; or something was still waiting a month later, such as the events of a
    /// paused subscriber or of a key that a dead letter holds.
    pub async fn run_until_idle(&self) -> Result<Report> {
        let give_up = self.clock.now() + Self::PATIENCE;
        let mut turn = Duration::from_millis(10);
        while let Some(worker) = &self.worker {
            if worker.step().await? {
                turn = Duration::from_millis(10);
                continue;
            }
            if worker.is_idle().await? {
                break;
            }
            if self.clock.now() > give_up {
                return Err(Error::new(
                    ErrorKind::NotFound,
                    "deliveries still wait after a month of the manual clock: a paused subscriber, or a key that is held?",
                ));
            }
            self.clock.advance(turn);
            turn = (turn * 2).min(Duration::from_mins(1));
        }
        self.report().await
    }

    /// One look of the republisher: sends again what was not confirmed in time. It does not look by itself
    /// while the clock stands still.
    ///
    /// # Errors
    /// The database or a transport could not be used.
    pub async fn republish(&self) -> Result<Republished> {
        Republisher::new(self.app.clone()).step().await
    }

    /// What has happened so far.
    ///
    /// # Errors
    /// The database could not be used.
    pub async fn report(&self) -> Result<Report> {
        let published = self
            .events()
            .await?
            .into_iter()
            .filter(|event| event.state == EventState::Published)
            .map(|event| (event.envelope.name, event.envelope.key))
            .collect();
        let deliveries = self.worker.as_ref().map(|worker| worker.stats()).unwrap_or_default();
        let filter = DeadLetterFilter { limit: Some(usize::MAX >> 1), ..DeadLetterFilter::default() };
        let dead_letters = self.app.store().dead_letters(&filter).await?;
        Ok(Report { published, deliveries, dead_letters })
    }

    /// Every stored event, in the order of their commits.
    ///
    /// # Errors
    /// The database could not be used.
    pub async fn events(&self) -> Result<Vec<StoredEvent>> {
        let query = EventQuery { limit: Some(usize::MAX >> 1), ..EventQuery::default() };
        self.app.store().events(&query).await
    }
}
