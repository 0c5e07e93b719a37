//! The places over HTTP, for try-confirm/cancel: a trip asks, and gets its answer at once.
//!
//! | request | what it means |
//! |---|---|
//! | `PUT /trips/7` with a claim | try: hold a place for trip 7 |
//! | `POST /trips/7/confirmation` | confirm: book the place that is held |
//! | `DELETE /trips/7` | cancel: give the place back |
//!
//! Each answers with an [`Answer`], and may be sent again.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{post, put};
use axum::{Json, Router};
use edafw::{App, CancellationToken, Failure, Sqlite, Tx};
use tokio::net::TcpListener;

use crate::{Answer, Claim, Steps, confirm, give_back, hold};

/// Who answers.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The service.
    pub app: App<Sqlite>,
    /// How long a place is held for a trip that does not confirm.
    pub holds_for: Duration,
    /// Where it dies on request.
    pub steps: Steps,
}

/// What a request is answered with; a mistake of the database is logged by the caller's side alone.
type Answered = Result<Json<Answer>, StatusCode>;

impl Desk {
    /// Answers at `listener` until `stop` is cancelled.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub async fn answer(self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        let routes = Router::new()
            .route("/trips/{trip_no}", put(try_).delete(cancel))
            .route("/trips/{trip_no}/confirmation", post(confirm_))
            .with_state(self);
        axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await
    }

    fn now(&self) -> i64 {
        self.app.clock().now_millis()
    }

    async fn begin(&self) -> Result<Tx<Sqlite>, StatusCode> {
        self.app.begin().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
    }

    /// Commits, dying before or after it on request.
    async fn commit(
        &self,
        tx: Tx<Sqlite>,
        before: &'static str,
        after: &'static str,
    ) -> Result<(), StatusCode> {
        self.steps.passed(before);
        tx.commit().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        self.steps.passed(after);
        Ok(())
    }
}

/// A listener on this machine; port 0 takes a free one.
///
/// # Errors
/// The port is taken.
pub async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn try_(State(desk): State<Desk>, Path(trip_no): Path<i64>, Json(claim): Json<Claim>) -> Answered {
    if claim.trip_no != trip_no {
        return Err(StatusCode::BAD_REQUEST);
    }
    let (now, mut tx) = (desk.now(), desk.begin().await?);
    let until = now + desk.holds_for.as_millis() as i64;
    let answer = hold(&mut tx, &claim, now, until).await.map_err(unavailable)?;
    desk.commit(tx, "desk.holding", "desk.held").await?;
    Ok(Json(answer))
}

async fn confirm_(State(desk): State<Desk>, Path(trip_no): Path<i64>) -> Answered {
    let (now, mut tx) = (desk.now(), desk.begin().await?);
    let answer = confirm(&mut tx, trip_no, now).await.map_err(unavailable)?;
    desk.commit(tx, "desk.confirming", "desk.confirmed").await?;
    Ok(Json(answer))
}

async fn cancel(State(desk): State<Desk>, Path(trip_no): Path<i64>) -> Answered {
    let mut tx = desk.begin().await?;
    give_back(&mut tx, trip_no).await.map_err(unavailable)?;
    desk.commit(tx, "desk.cancelling", "desk.cancelled").await?;
    Ok(Json(Answer::Over))
}

/// The caller asks again; what went wrong is not for it to know.
fn unavailable(_: sqlx::Error) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}
