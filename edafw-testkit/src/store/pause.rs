//! Paused subscribers.

use edafw_core::DeliveryStore;

use super::fixture::{StoreFixture, TestStore};
use super::inbox::{entry, record, states};

/// A paused subscriber's deliveries wait, for every handle, until it is resumed; both are idempotent.
pub async fn until_resumed<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    record(&test, &[entry("ship", "0")]).await.unwrap();
    let entries = [entry("ship", "0"), entry("ship", "1"), entry("bill", "1")];
    for _ in 0..2 {
        test.store.set_paused("ship", true).await.unwrap();
        assert_eq!(states(&*other, &entries).await, "done paused new");
        assert_eq!(other.paused().await.unwrap(), ["ship"]);
    }
    for _ in 0..2 {
        other.set_paused("ship", false).await.unwrap();
        assert_eq!(states(&*test.store, &entries).await, "done new new");
        assert!(test.store.paused().await.unwrap().is_empty());
    }
}
