//! What became of an act, at subscribers that nobody names.

use std::time::Duration;

use edafw_core::{Clock, DeadLetterCause, DeliveryStore, Effect, EffectState};

use super::dead_letter::{keep, letter};
use super::fixture::{StoreFixture, TestStore};
use super::inbox::{entry, record};

fn effect(subscriber: &str, state: EffectState) -> Effect {
    Effect { subscriber: subscriber.to_owned(), state }
}

/// Whoever has handled an act, given it up or begun with it is told, in the order of their names; and nobody who knows
/// only of others.
pub async fn at_every_subscriber<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let other = test.another().await;
    let told = async |act: &str| other.effects("shop", "order.paid", act).await.unwrap();
    assert_eq!(told("1").await, []);
    let begun = test.clock.now();
    test.store.start_attempt(&entry("weigh", "1")).await.unwrap();
    test.store.record_failure(&entry("ship", "1"), 2, "no \"device\"\nfor ü").await.unwrap();
    test.clock.advance(Duration::from_secs(5));
    let at = test.clock.now();
    record(&test, &[entry("bill", "1"), entry("bill", "2"), entry("thank", "2")]).await.unwrap();
    keep(&test, &[letter(entry("pack", "1"), "{}", false), letter(entry("pack", "3"), "{}", true)]).await;
    let last_error = Some("no \"device\"\nfor ü".to_owned());
    let dead = async |act: &str| {
        let mut told = told(act).await;
        let state = &told.iter_mut().find(|one| one.subscriber == "pack").expect("it is dead").state;
        let EffectState::DeadLetter { id, .. } = state else { panic!("{state:?}") };
        let (cause, error) = (DeadLetterCause::AttemptsExhausted, "no device".to_owned());
        effect("pack", EffectState::DeadLetter { id: *id, at, cause, attempts: 8, error })
    };
    assert_eq!(
        told("1").await,
        [
            effect("bill", EffectState::Handled { at }),
            dead("1").await,
            effect("ship", EffectState::Trying { attempts: 2, first_at: begun, last_error }),
            effect("weigh", EffectState::Trying { attempts: 1, first_at: begun, last_error: None }),
        ]
    );
    assert_eq!(
        told("2").await,
        [effect("bill", EffectState::Handled { at }), effect("thank", EffectState::Handled { at })]
    );
    assert_eq!(told("3").await, [dead("3").await]);
    assert_ne!(dead("1").await, dead("3").await, "each has a number of its own");
    for (source, name) in [("other", "order.paid"), ("shop", "order.settled")] {
        assert_eq!(test.store.effects(source, name, "1").await.unwrap(), []);
    }
}

/// An act that went wrong first and was handled in the end is handled.
pub async fn the_last_word_counts<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let told = async || test.store.effects("shop", "order.paid", "1").await.unwrap();
    test.store.start_attempt(&entry("ship", "1")).await.unwrap();
    keep(&test, &[letter(entry("ship", "1"), "{}", false)]).await;
    let [Effect { state: EffectState::DeadLetter { id, .. }, .. }] = told().await[..] else {
        panic!("{:?}", told().await)
    };
    test.clock.advance(Duration::from_secs(1));
    record(&test, &[entry("ship", "1")]).await.unwrap();
    let at = test.clock.now();
    assert_eq!(told().await, [effect("ship", EffectState::Handled { at })]);
    test.store.remove_dead_letter(id, true).await.unwrap();
    assert_eq!(told().await, [effect("ship", EffectState::Handled { at })]);
}
