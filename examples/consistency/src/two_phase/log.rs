//! The coordinator's log, and what follows from a decision.

use std::time::Duration;

use edafw::{App, AppBuilder, Failure, Postgres, Tx, domain_event, subscriber};

/// A trip was closed: it is booked or it is not, and stays so.
#[domain_event(name = "trip.closed", key = trip_no, idempotency_key = trip_no)]
pub(super) struct TripClosed {
    trip_no: i64,
    reason: Option<String>,
}

/// One letter for each trip, as in the other two ways.
#[subscriber(layer = internal, retry(max_attempts = 20, backoff = "10ms..1s"))]
async fn write_letter(event: &TripClosed, tx: &mut Tx<Postgres>) -> Result<(), Failure> {
    let text = event.reason.as_ref().map_or("booked".to_owned(), |reason| format!("not booked: {reason}"));
    let letter = sqlx::query(include_str!("sql/letter.sql")).bind(event.trip_no).bind(text);
    letter.execute(&mut **tx).await?;
    Ok(())
}

/// The booking service that coordinates, to be connected.
pub(super) fn app() -> AppBuilder<Postgres> {
    let builder = App::builder("coordinator").transport_url("embedded:").on_connect(create_tables);
    // What a killed worker held can go to the next one soon: the handler takes milliseconds.
    builder.settings(|settings| settings.lease = Duration::from_secs(1))
}

async fn create_tables(app: App<Postgres>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    lock_set_up(&mut tx).await?;
    sqlx::raw_sql(include_str!("sql/booking_schema.sql")).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Two processes that start at once would both find a table or a row missing.
pub(super) async fn lock_set_up(tx: &mut Tx<Postgres>) -> Result<(), Failure> {
    sqlx::raw_sql("select pg_advisory_xact_lock(7)").execute(&mut **tx).await?;
    Ok(())
}

/// Writes that a trip is under way, before anything is prepared for it. `false` if it was known before.
pub(super) async fn open(app: &App<Postgres>, trip_no: i64, traveller: &str) -> Result<bool, Failure> {
    let now = app.clock().now_millis();
    let mut tx = app.begin().await?;
    let open = sqlx::query(include_str!("sql/open.sql")).bind(trip_no).bind(traveller).bind(now);
    let opened = open.execute(&mut *tx).await?.rows_affected() > 0;
    tx.commit().await?;
    Ok(opened)
}

/// Takes the money for a trip, if there is enough.
pub(super) async fn pay(tx: &mut Tx<Postgres>, traveller: &str, price: i64) -> Result<bool, Failure> {
    let pay = sqlx::query(include_str!("sql/pay.sql")).bind(traveller).bind(price);
    Ok(pay.execute(&mut **tx).await?.rows_affected() > 0)
}

/// Writes a decision: booked and paid, or not booked for a reason. `false` if somebody has decided before.
pub(super) async fn decide(
    tx: &mut Tx<Postgres>,
    trip_no: i64,
    decision: Result<i64, &str>,
) -> Result<bool, Failure> {
    let state = if decision.is_ok() { "booked" } else { "not booked" };
    let (paid, reason) = (decision.unwrap_or(0), decision.err());
    let decide =
        sqlx::query(include_str!("sql/decide.sql")).bind(trip_no).bind(state).bind(reason).bind(paid);
    if decide.execute(&mut **tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    tx.publish(TripClosed { trip_no, reason: reason.map(str::to_owned) }).await?;
    Ok(true)
}

/// What was decided about a trip: `None` while it is open. A trip that the log does not know is not booked.
pub(super) async fn decision(app: &App<Postgres>, trip_no: i64) -> Result<Option<bool>, Failure> {
    let mut tx = app.begin().await?;
    let decision = sqlx::query_scalar(include_str!("sql/decision.sql")).bind(trip_no);
    let state: Option<String> = decision.fetch_optional(&mut *tx).await?;
    tx.rollback().await;
    Ok(match state.as_deref() {
        Some("open") => None,
        Some("booked") => Some(true),
        _ => Some(false),
    })
}
