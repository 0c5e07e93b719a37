//! The schema: created on request, by whoever comes first.

use edafw_core::{ErrorKind, EventStore};

use super::fixture::{StoreFixture, TestStore, names};
use crate::new_event;

/// An empty database has no schema; migrating applies every version once.
pub async fn migrating_is_idempotent<F: StoreFixture>() {
    let test = TestStore::<F>::without_schema().await;
    assert_eq!(test.store.schema().await.unwrap(), None);
    let versions: Vec<u32> = test.store.migrations().iter().map(|(version, _)| *version).collect();
    assert!(!versions.is_empty() && versions.is_sorted_by(|a, b| a < b));
    assert_eq!(test.store.migrate().await.unwrap(), versions);
    let schema = test.store.schema().await.unwrap().expect("there is a schema");
    assert_eq!(Some(&schema.version), versions.last());
    assert!(schema.oldest_compatible <= schema.version);
    assert_eq!(test.store.migrate().await.unwrap(), Vec::<u32>::new());
    assert_eq!(test.store.schema().await.unwrap(), Some(schema));
}

/// Several processes that migrate at once apply every version once in all.
pub async fn migrating_at_once<F: StoreFixture>() {
    let test = TestStore::<F>::without_schema().await;
    let (second, third) = (test.another().await, test.another().await);
    let applied = tokio::join!(test.store.migrate(), second.migrate(), third.migrate());
    let count =
        [applied.0, applied.1, applied.2].into_iter().map(|applied| applied.unwrap().len()).sum::<usize>();
    assert_eq!(count, test.store.migrations().len());
    test.publish(&[new_event(Some("a"), 1)]).await;
    assert_eq!(names(&test.claim(10).await), "a1");
}

/// Migrating keeps what is stored.
pub async fn migrating_keeps_events<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    test.store.migrate().await.unwrap();
    assert_eq!(names(&test.claim(10).await), "a1");
}

/// Without its schema, a store says so.
pub async fn a_missing_schema_is_named<F: StoreFixture>() {
    let test = TestStore::<F>::without_schema().await;
    let error = test.store.counts().await.expect_err("there are no tables");
    assert_eq!(error.kind(), ErrorKind::Schema, "{}", error.chain());
    let error = test.store.claim(1, super::fixture::LEASE).await.expect_err("there are no tables");
    assert_eq!(error.kind(), ErrorKind::Schema, "{}", error.chain());
}
