//! Dead letters: kept with their bytes until somebody decides.

use edafw_core::{
    Clock, DeadLetter, DeadLetterCause, DeadLetterFilter, DeliveryStore, ErrorKind, InboxEntry,
    NewDeadLetter, Transaction,
};

use super::fixture::{StoreFixture, TestStore};
use super::inbox::{entry, record, states};
use crate::{key_of_every_kind, text_of_every_kind};

pub(crate) fn letter(entry: InboxEntry, body: &str, holds_key: bool) -> NewDeadLetter {
    NewDeadLetter {
        entry,
        queue: "shop.ship".to_owned(),
        body: body.to_owned(),
        cause: DeadLetterCause::AttemptsExhausted,
        error: "no device".to_owned(),
        attempts: 8,
        holds_key,
    }
}

pub(crate) async fn keep<F: StoreFixture>(test: &TestStore<F>, letters: &[NewDeadLetter]) {
    let mut tx = test.begin().await;
    for letter in letters {
        tx.keep_dead_letter(letter).await.unwrap();
    }
    tx.prepare_commit(&[]).await.unwrap();
    tx.commit(false).await.unwrap();
}

async fn list<F: StoreFixture>(test: &TestStore<F>, filter: DeadLetterFilter) -> Vec<DeadLetter> {
    test.store.dead_letters(&filter).await.unwrap()
}

/// Everything about a dead letter is kept, the body byte by byte; a rolled-back one is not.
pub async fn are_kept_with_their_bytes<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut letters: Vec<NewDeadLetter> = key_of_every_kind()
        .iter()
        .zip(text_of_every_kind())
        .map(|(key, text)| letter(entry("ship", key), &text, false))
        .collect();
    for (letter, cause) in letters.iter_mut().zip(DeadLetterCause::ALL) {
        letter.cause = cause;
        letter.entry.key = None;
    }
    keep(&test, &letters).await;
    let mut tx = test.begin().await;
    tx.keep_dead_letter(&letter(entry("ship", "undone"), "{}", true)).await.unwrap();
    tx.rollback().await;
    let kept = list(&test, DeadLetterFilter::default()).await;
    assert_eq!(kept.len(), letters.len());
    for (kept, letter) in kept.iter().zip(&letters) {
        assert_eq!(kept.at, test.clock.now());
        assert_eq!(format!("{:?}", kept.letter), format!("{letter:?}"));
    }
    assert!(kept.is_sorted_by(|a, b| a.id < b.id), "oldest first");
    let looked_up: Vec<_> = letters.iter().map(|letter| letter.entry.clone()).collect();
    assert_eq!(states(&*test.store, &looked_up).await, vec!["dead"; letters.len()].join(" "));
}

/// They are listed by number, subscriber and key, in pages.
pub async fn are_listed_in_pages<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let mut letters = Vec::new();
    for n in 0..12 {
        let mut one = letter(entry(if n % 3 == 0 { "bill" } else { "ship" }, &n.to_string()), "{}", false);
        one.entry.key = (n % 2 == 0).then(|| "even \"key\"".to_owned());
        letters.push(one);
    }
    keep(&test, &letters).await;
    let acts = |kept: &[DeadLetter]| {
        kept.iter().map(|one| one.letter.entry.idempotency_key.clone()).collect::<Vec<_>>().join(" ")
    };
    let bill = DeadLetterFilter { subscriber: Some("bill".to_owned()), ..DeadLetterFilter::default() };
    assert_eq!(acts(&list(&test, bill.clone()).await), "0 3 6 9");
    let even = DeadLetterFilter { key: Some("even \"key\"".to_owned()), ..bill.clone() };
    assert_eq!(acts(&list(&test, even).await), "0 6");
    let first = list(&test, DeadLetterFilter { limit: Some(3), ..bill.clone() }).await;
    assert_eq!(acts(&first), "0 3 6");
    let after = Some(first[2].id);
    assert_eq!(acts(&list(&test, DeadLetterFilter { limit: Some(3), after, ..bill }).await), "9");
    let one = list(&test, DeadLetterFilter { id: Some(first[1].id), ..DeadLetterFilter::default() }).await;
    assert_eq!(acts(&one), "3");
}

/// Keeping the same one twice keeps the first.
pub async fn are_kept_once<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    keep(&test, &[letter(entry("ship", "1"), "first", false)]).await;
    keep(&test, &[letter(entry("ship", "1"), "second", false)]).await;
    let kept = list(&test, DeadLetterFilter::default()).await;
    assert_eq!(kept.iter().map(|one| &*one.letter.body).collect::<Vec<_>>(), ["first"]);
}

/// None is kept of an effect that has taken place: whoever gave up is late, and learns it.
pub async fn of_an_effect_that_took_place_are_refused<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    record(&test, &[entry("ship", "1")]).await.unwrap();
    let mut tx = test.begin().await;
    let late = tx.keep_dead_letter(&letter(entry("ship", "1"), "{}", true)).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Fenced);
    tx.rollback().await;
    assert_eq!(states(&*test.store, &[entry("ship", "1")]).await, "done");
    assert!(list(&test, DeadLetterFilter::default()).await.is_empty());
}

/// Taken out to be tried again, the event is new, with no attempt spent.
pub async fn retried_is_new_again<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    test.store.start_attempt(&entry("ship", "1")).await.unwrap();
    keep(&test, &[letter(entry("ship", "1"), "{}", false)]).await;
    let id = list(&test, DeadLetterFilter::default()).await[0].id;
    assert!(test.store.remove_dead_letter(id, true).await.unwrap());
    assert!(!test.store.remove_dead_letter(id, true).await.unwrap());
    assert_eq!(states(&*test.store, &[entry("ship", "1")]).await, "new");
    assert_eq!(test.store.start_attempt(&entry("ship", "1")).await.unwrap(), 1);
}

/// Discarded, the event is done: a late redelivery of it has no effect.
pub async fn discarded_is_done<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    keep(&test, &[letter(entry("ship", "1"), "{}", false)]).await;
    let id = list(&test, DeadLetterFilter::default()).await[0].id;
    assert!(test.store.remove_dead_letter(id, false).await.unwrap());
    assert!(!test.store.remove_dead_letter(id, false).await.unwrap());
    assert_eq!(states(&*test.store, &[entry("ship", "1")]).await, "done");
    assert!(list(&test, DeadLetterFilter::default()).await.is_empty());
}

/// A dead letter that holds its key makes the others of that key and subscriber wait, until it is retried
/// or discarded; one that does not, lets them flow.
pub async fn a_held_key_waits<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let keyed =
        |act: &str, key: Option<&str>| InboxEntry { key: key.map(str::to_owned), ..entry("ship", act) };
    let others = [keyed("2", Some("a")), keyed("3", Some("b")), keyed("4", None), entry("bill", "2")];
    keep(&test, &[letter(keyed("0", Some("b")), "{}", false)]).await;
    for retry in [true, false] {
        keep(&test, &[letter(keyed("1", Some("a")), "{}", true)]).await;
        assert_eq!(states(&*test.store, &others).await, "held new new new");
        assert_eq!(states(&*test.store, &[keyed("1", Some("a"))]).await, "dead");
        let held = DeadLetterFilter { key: Some("a".to_owned()), ..DeadLetterFilter::default() };
        let id = list(&test, held).await[0].id;
        test.store.remove_dead_letter(id, retry).await.unwrap();
        assert_eq!(states(&*test.store, &others).await, "new new new new");
    }
    keep(&test, &[letter(keyed("5", None), "{}", true)]).await;
    assert_eq!(states(&*test.store, &others).await, "new new new new", "no key, nothing to hold");
}

/// They follow a renamed subscriber.
pub async fn follow_a_renamed_subscriber<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    keep(&test, &[letter(entry("ship", "1"), "{}", true)]).await;
    test.store.rename_subscriber("ship", "deliver").await.unwrap();
    assert_eq!(states(&*test.store, &[entry("deliver", "1"), entry("deliver", "2")]).await, "dead held");
    assert_eq!(states(&*test.store, &[entry("ship", "1")]).await, "new");
}
