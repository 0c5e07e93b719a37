//! Settling: each row by its own result.

use std::time::Duration;

use edafw_core::{EventState, EventStore, SendResult};

use super::fixture::{LEASE, StoreFixture, TestStore, names, sent};
use crate::new_event;

/// The results of one batch may differ; each row takes its own.
pub async fn each_row_by_its_own_result<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events: Vec<_> =
        ["a", "b", "c", "d"].iter().zip(1..).map(|(key, n)| new_event(Some(key), n)).collect();
    test.publish(&events).await;
    let claimed = test.claim(10).await;
    let at = |n: usize| (claimed[n].position, claimed[n].token);
    let [(sent_one, token), (failed, _), (back, _)] = [at(0), at(1), at(2)];
    let retry_in = Duration::from_mins(1);
    let results = [
        SendResult::Sent { position: sent_one, token },
        SendResult::Failed { position: failed, token, retry_in, error: "refused".to_owned() },
        SendResult::GivenBack { position: back, token },
        SendResult::Sent { position: at(3).0, token: token + 1 },
        SendResult::Sent { position: i64::MAX, token },
    ];
    assert_eq!(test.store.settle(&results).await.unwrap(), 3, "two of them are not held by this token");
    assert_eq!(names(&test.claim(10).await), "c3");
    let states: Vec<_> = test.history().await.iter().map(|event| event.state).collect();
    assert_eq!(states, [EventState::Sent, EventState::Stored, EventState::Stored, EventState::Stored]);
    test.clock.advance(LEASE);
    assert_eq!(names(&test.claim(10).await), "c3 d4");
    test.clock.advance(LEASE);
    assert_eq!(names(&test.claim(10).await), "b2 c3 d4");
}

/// Settling twice changes nothing the second time; a claim whose lease ended counts as long as nobody else
/// has claimed.
pub async fn late_but_not_lost<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    let claimed = test.claim(10).await;
    test.clock.advance(LEASE * 2);
    assert_eq!(test.sent(&claimed).await, 1);
    assert_eq!(test.store.settle(&sent(&claimed)).await.unwrap(), 0);
    assert!(!test.store.has_unsent().await.unwrap());
}

/// A batch in which a middle event of a key fails and the later ones are given back: the key waits at the
/// failed one, in order.
pub async fn a_failure_in_the_middle_of_a_key<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let events: Vec<_> = (1..=4).map(|n| new_event(Some("a"), n)).collect();
    test.publish(&events).await;
    let claimed = test.claim(10).await;
    let token = claimed[0].token;
    let retry_in = Duration::from_secs(5);
    let results = [
        SendResult::Sent { position: claimed[0].position, token },
        SendResult::Failed { position: claimed[1].position, token, retry_in, error: "refused".to_owned() },
        SendResult::GivenBack { position: claimed[2].position, token },
        SendResult::GivenBack { position: claimed[3].position, token },
    ];
    assert_eq!(test.store.settle(&results).await.unwrap(), 4);
    assert_eq!(names(&test.claim(10).await), "");
    test.clock.advance(Duration::from_secs(5));
    assert_eq!(names(&test.claim(2).await), "a2 a3");
    assert_eq!(names(&test.claim(2).await), "");
}

/// Attempts count the failed sends of one generation.
pub async fn attempts_are_counted<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.publish(&[new_event(Some("a"), 1)]).await;
    for attempts in 0..3 {
        let claimed = test.claim(1).await;
        assert_eq!(claimed[0].attempts, attempts);
        let (position, token) = (claimed[0].position, claimed[0].token);
        let retry_in = Duration::ZERO;
        let failed = SendResult::Failed { position, token, retry_in, error: format!("attempt {attempts}") };
        test.store.settle(&[failed]).await.unwrap();
        assert_eq!(test.history().await[0].last_error, Some(format!("attempt {attempts}")));
    }
    let claimed = test.claim(1).await;
    test.sent(&claimed).await;
    assert_eq!(test.history().await[0].last_error, None, "the last send did not fail");
}
