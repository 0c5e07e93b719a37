//! Transactions that take long, stand still, or fail without a word.

use edafw_e2e::{Kind, Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 100;
const KEYS: i64 = 10;

/// The number of the act on which the subscriber `ledger` waits.
const HELD: i64 = 31;

/// A worker stands still in a handler, in an open transaction, until its lease is over and another one has done its
/// work. When it goes on, its commit takes no effect; meanwhile it blocks nobody.
fn stands_still_in_a_handler(kind: Kind, queues: Queues) {
    let world = World::on(kind, queues);
    world.publish(0, ACTS, KEYS).succeeds();
    let hold = HELD.to_string();
    let mut paused = world.run_with("actor", &["work"], &[("ACTOR_HOLD", &hold)]);
    paused.line("in ledger");
    paused.signal(Signal::STOP);
    paused.has_stopped();
    world.settle();
    let books = world.books();
    books.check(ACTS);
    paused.signal(Signal::CONT);
    paused.let_go();
    // What it does with these comes after what it held when it stopped.
    world.publish(ACTS, ACTS, KEYS).succeeds();
    let later = format!("select count(*) from effect where no >= {ACTS} and subscriber = 'ledger'");
    paused.until("handles later acts", || books.number("actor", &later) == ACTS * 4 / 5);
    paused.signal(Signal::TERM);
    paused.succeeds();
    world.settle();
    books.check(2 * ACTS);
}

#[test]
fn a_paused_handler_blocks_nobody_on_postgres() {
    stands_still_in_a_handler(Kind::Postgres, Queues::Together);
}

#[test]
fn a_paused_handler_with_separate_queues_blocks_nobody_on_postgres() {
    stands_still_in_a_handler(Kind::Postgres, Queues::Separate);
}

#[test]
fn a_paused_handler_blocks_nobody_on_mysql() {
    stands_still_in_a_handler(Kind::MySql, Queues::Together);
}

#[test]
fn a_paused_handler_with_separate_queues_blocks_nobody_on_mysql() {
    stands_still_in_a_handler(Kind::MySql, Queues::Separate);
}

/// A publisher stands still between its events, which have a position already, and COMMIT. What others commit
/// meanwhile has later positions, and is neither held up nor is the earlier one skipped in the end.
fn commits_late(kind: Kind) {
    let world = World::on(kind, Queues::Together);
    let first = ["publish", "0", "3", "1"];
    // The transaction of act 0 that is rolled back ends by itself: act 2 is the one that waits.
    let late = world.run_with("actor", &first, &[("EDAFW_STOP_POINT", "transaction.before-commit:3")]);
    late.has_stopped();
    // Of other keys: the database would make those of the same key wait.
    for no in 3..ACTS {
        if no / 3 % KEYS != 0 {
            world.publish(no, 1, KEYS).succeeds();
        }
    }
    world.settle();
    let books = world.books();
    let others = books.acts();
    assert!(!others.iter().any(|(no, _)| *no == 2), "it has committed");
    let happened: Vec<_> = others.iter().copied().filter(|(no, _)| no % 5 != 0).collect();
    books.check_effects("actor", "ledger", &happened, true);
    late.signal(Signal::CONT);
    late.succeeds();
    for no in 3..ACTS {
        if no / 3 % KEYS == 0 {
            world.publish(no, 1, KEYS).succeeds();
        }
    }
    world.settle();
    books.check(ACTS);
}

#[test]
fn a_transaction_that_commits_late_is_not_skipped_on_postgres() {
    commits_late(Kind::Postgres);
}

#[test]
fn a_transaction_that_commits_late_is_not_skipped_on_mysql() {
    commits_late(Kind::MySql);
}

/// A handler that ignores the violation of a constraint has failed, whatever it answers; its neighbours in the
/// shared commit have not.
fn swallows_a_violation(kind: Kind) {
    let mut world = World::on(kind, Queues::Together);
    world.set("ACTOR_SWALLOW", &HELD);
    world.publish(0, ACTS, KEYS).succeeds();
    world.settle();
    let books = world.books();
    books.check(ACTS);
    let again: Vec<(String, i64, i64)> =
        books.rows("actor", "select subscriber, no, attempt from effect where attempt > 1");
    assert_eq!(again, [("ledger".to_owned(), HELD, 2)]);
    assert_eq!(books.number("actor", "select count(*) from person where person < 0"), 0);
}

#[test]
fn a_handler_that_swallows_a_violation_fails_on_postgres() {
    swallows_a_violation(Kind::Postgres);
}

/// One handler has the only connection, and everybody else waits for it in vain: they say so once, count no attempt,
/// and go on when it comes free.
fn has_one_connection(kind: Kind) {
    let mut world = World::on(kind, Queues::Together);
    world.set("ACTOR_CONNECTIONS", &1);
    world.publish(0, ACTS, KEYS).succeeds();
    let hold = HELD.to_string();
    let variables = [("ACTOR_HOLD", &*hold), ("ACTOR_ACQUIRE_MS", "200"), ("RUST_LOG", "info")];
    let mut holder = world.run_with("actor", &["work"], &variables);
    holder.line("in ledger");
    holder.says("cannot go on");
    let before = holder.errors().lines().count();
    assert!(!holder.ends_within(std::time::Duration::from_secs(2)));
    let during = holder.errors().lines().count() - before;
    assert!(during < 50, "{during} log lines in two seconds: a busy loop");
    holder.let_go();
    holder.says("works again");
    let books = world.books();
    holder.until("nothing is left", || {
        books.number("actor", "select count(*) from edafw_event where published_at is null")
            + books.number("actor", "select count(*) from edafw_message")
            == 0
    });
    holder.signal(Signal::TERM);
    holder.succeeds();
    world.settle();
    books.check(ACTS);
    assert_eq!(books.number("actor", "select count(*) from effect where attempt > 1"), 0, "counted attempts");
}

#[test]
fn an_exhausted_pool_loses_nothing_on_postgres() {
    has_one_connection(Kind::Postgres);
}

#[test]
fn an_exhausted_pool_loses_nothing_on_mysql() {
    has_one_connection(Kind::MySql);
}
