//! What a service prepares for itself when it connects.

#![cfg(feature = "sqlite")]

use edafw::{App, AppBuilder, Error, ErrorKind, EventStore as _, Failure, Sqlite};

edafw::service!("member");

fn builder() -> AppBuilder<Sqlite> {
    App::builder("member").database_url("sqlite::memory:")
}

async fn create_table(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::query("create table device (member_no integer)").execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn fill_table(app: App<Sqlite>) -> Result<(), Failure> {
    let mut tx = app.begin().await?;
    sqlx::query("insert into device values (7)").execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

#[tokio::test]
async fn preparations_run_in_order_before_connect_answers() {
    let app = builder().on_connect(create_table).on_connect(fill_table).connect().await.unwrap();
    let mut tx = app.begin().await.unwrap();
    let (devices,): (i64,) = sqlx::query_as("select count(*) from device").fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await;
    assert_eq!(devices, 1);
    assert_eq!(app.store().counts().await.unwrap().stored, 0);
}

#[tokio::test]
async fn a_service_that_cannot_prepare_itself_does_not_start() {
    let error = builder().on_connect(fill_table).connect().await.unwrap_err();
    let message = Error::chain(&error);
    assert!(message.contains("the service `member` could not prepare itself"), "{message}");
    assert!(message.contains("no such table: device"), "{message}");
    assert!(error.is_transient(), "another process may create the table");

    let refuse = async |_| Err(Failure::permanent("no licence"));
    let error = builder().on_connect(refuse).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}
