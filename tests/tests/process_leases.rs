//! Leases that end before anybody is done, in processes whose clocks do not agree.

use std::time::{Duration, Instant};

use edafw_e2e::{Kind, Process, Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 1_000;

/// How long it may take until everything is done.
const PATIENCE: Duration = Duration::from_mins(5);

/// Three workers of one subscriber, each with its own idea of the time, take the same key from each other all the
/// time: the relays while it is published, the consumers until all is done. Its effects come in order and once each
/// all the same, and there is progress.
fn three_workers(kind: Kind, queues: Queues) {
    let mut world = World::on(kind, queues);
    world.set("ACTOR_LEASE_MS", &20);
    world.set("ACTOR_COUNT_RUNS", &1);
    // A database in a file has the clock of its machine, which is the same for all.
    let skews = if kind == Kind::Sqlite { ["0"; 3] } else { ["-3600000", "0", "3600000"] };
    world.publish(0, ACTS / 2, 1).succeeds();
    let work =
        |skew| world.run_with("actor", &["work"], &[("ACTOR_SKEW_MS", skew), ("ACTOR_ONLY", "ledger")]);
    let workers: Vec<Process> = skews.into_iter().map(work).collect();
    let begun = Instant::now();
    world.publish(ACTS / 2, ACTS / 2, 1).succeeds();
    let books = world.books();
    let queues = if queues == Queues::Together { "actor" } else { "queues" };
    workers[0].until_within(PATIENCE, "everything is published and handled", || {
        books.number("actor", "select count(*) from edafw_event where published_at is null") == 0
            && books.number(queues, "select count(*) from edafw_message where queue = 'actor.ledger'") == 0
    });
    println!("done after {:?}", begun.elapsed());
    for worker in &workers {
        worker.signal(Signal::TERM);
    }
    let lines: Vec<String> = workers.into_iter().flat_map(Process::succeeds).collect();
    println!("{}", lines.join("\n"));
    println!("handlers that ran beyond the effects: {:?}", books.repeated_runs());
    assert_eq!(books.number("actor", "select count(*) from edafw_dead_letter"), 0, "attempts were lost");
    world.set("ACTOR_LEASE_MS", &400);
    world.settle();
    books.check(ACTS);
}

#[test]
fn three_workers_on_sqlite() {
    three_workers(Kind::Sqlite, Queues::Together);
}

#[test]
fn three_workers_with_separate_queues_on_sqlite() {
    three_workers(Kind::Sqlite, Queues::Separate);
}

#[test]
fn three_workers_with_wrong_clocks_on_postgres() {
    three_workers(Kind::Postgres, Queues::Together);
}

#[test]
fn three_workers_with_wrong_clocks_and_separate_queues_on_postgres() {
    three_workers(Kind::Postgres, Queues::Separate);
}

#[test]
fn three_workers_with_wrong_clocks_on_mysql() {
    three_workers(Kind::MySql, Queues::Together);
}

#[test]
fn three_workers_with_wrong_clocks_and_separate_queues_on_mysql() {
    three_workers(Kind::MySql, Queues::Separate);
}
