//! Leases that end before anybody is done, in processes whose clocks do not agree.

use edafw_e2e::{Kind, Process, Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 1_000;

/// Three relays, each with its own idea of the time, claim the same key from each other all the time. The first
/// effects come in order all the same, and there is progress.
fn three_relays(kind: Kind, queues: Queues) {
    let mut world = World::on(kind, queues);
    world.set("ACTOR_LEASE_MS", &20);
    world.set("ACTOR_COUNT_RUNS", &1);
    let skews = ["-3600000", "0", "3600000"];
    let workers: Vec<Process> =
        skews.iter().map(|skew| world.run_with("actor", &["work"], &[("ACTOR_SKEW_MS", skew)])).collect();
    world.publish(0, ACTS, 1).succeeds();
    let books = world.books();
    workers[0].until("everything is published and handled", || {
        let queues = if queues == Queues::Together { "actor" } else { "queues" };
        books.number("actor", "select count(*) from edafw_event where published_at is null")
            + books.number(queues, "select count(*) from edafw_message")
            == 0
    });
    for worker in &workers {
        worker.signal(Signal::TERM);
    }
    let lines: Vec<String> = workers.into_iter().flat_map(Process::succeeds).collect();
    world.set("ACTOR_LEASE_MS", &400);
    world.settle();
    println!("{}", lines.join("\n"));
    println!("handlers that ran beyond the effects: {:?}", books.repeated_runs());
    books.check(ACTS);
}

#[test]
fn three_relays_with_wrong_clocks_on_postgres() {
    three_relays(Kind::Postgres, Queues::Together);
}

#[test]
fn three_relays_with_separate_queues_on_postgres() {
    three_relays(Kind::Postgres, Queues::Separate);
}
