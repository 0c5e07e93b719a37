//! Asking hotel and airline over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Result};
use trip_places::{Answer, Claim};

/// Longer than a participant takes, and short enough to give a trip up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Both participants.
#[derive(Debug, Clone)]
pub struct Desks {
    /// Who has rooms.
    pub hotel: Desk,
    /// Who has seats.
    pub airline: Desk,
}

/// Where the desks are if nothing else is said.
const DESKS: [(&str, &str); 2] =
    [("TRIP_HOTEL_URL", "http://127.0.0.1:4001"), ("TRIP_AIRLINE_URL", "http://127.0.0.1:4002")];

impl Desks {
    /// The desks that `TRIP_HOTEL_URL` and `TRIP_AIRLINE_URL` name, or those on this machine at the ports of the
    /// read-me.
    ///
    /// # Errors
    /// The client cannot be set up.
    pub fn from_env() -> Result<Self> {
        let [hotel, airline] = DESKS.map(|(variable, default)| {
            std::env::var(variable).ok().filter(|url| !url.is_empty()).unwrap_or_else(|| default.to_owned())
        });
        Self::new(hotel, airline)
    }

    /// The desks at these addresses, such as `http://127.0.0.1:4001`.
    ///
    /// # Errors
    /// The client cannot be set up.
    pub fn new(hotel: impl Into<String>, airline: impl Into<String>) -> Result<Self> {
        // Both are this company's own: no proxy stands in between.
        let client = Client::builder().timeout(PATIENCE).no_proxy().build()?;
        let calls = Arc::default();
        let desk = |url| Desk { client: client.clone(), url, calls: Arc::clone(&calls) };
        Ok(Self { hotel: desk(hotel.into()), airline: desk(airline.into()) })
    }

    /// How many requests were sent to both.
    pub fn calls(&self) -> u64 {
        self.hotel.calls.load(Ordering::Relaxed)
    }
}

/// One participant.
#[derive(Debug, Clone)]
pub struct Desk {
    client: Client,
    url: String,
    calls: Arc<AtomicU64>,
}

impl Desk {
    /// Try: asks it to hold a place.
    ///
    /// # Errors
    /// It did not answer, or not as agreed. Whether it holds the place is unknown.
    pub async fn hold(&self, claim: &Claim) -> Result<Answer> {
        self.ask(self.client.put(self.trip(claim.trip_no)).json(claim)).await
    }

    /// Confirm: asks it to book the place that it holds.
    ///
    /// # Errors
    /// As [`hold`](Self::hold); ask again.
    pub async fn confirm(&self, trip_no: i64) -> Result<Answer> {
        self.ask(self.client.post(self.trip(trip_no) + "/confirmation")).await
    }

    /// Cancel: asks it to give the place back.
    ///
    /// # Errors
    /// As [`hold`](Self::hold); ask again.
    pub async fn cancel(&self, trip_no: i64) -> Result<Answer> {
        self.ask(self.client.delete(self.trip(trip_no))).await
    }

    fn trip(&self, trip_no: i64) -> String {
        format!("{}/trips/{trip_no}", self.url)
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        request.send().await?.error_for_status()?.json().await
    }
}
