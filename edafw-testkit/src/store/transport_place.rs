//! Where the workers of a service have had their queues.

use edafw_core::{Channel, DeliveryStore};

use super::fixture::{StoreFixture, TestStore};

/// The last place of each channel is known to every handle, for each service alone.
pub async fn the_last_one_is_remembered<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    assert!(test.store.transports("shop").await.unwrap().is_empty());
    for place in ["here", "there", "there"] {
        test.store.record_transport("shop", Channel::Internal, place).await.unwrap();
    }
    test.store.record_transport("shop", Channel::External, "here").await.unwrap();
    let mut known = other.transports("shop").await.unwrap();
    known.sort();
    let mut expected = vec![(Channel::Internal, "there".to_owned()), (Channel::External, "here".to_owned())];
    expected.sort();
    assert_eq!(known, expected);
    assert!(other.transports("shoe").await.unwrap().is_empty());
}
