//! Another process holds the database for longer than anybody waits for it.

use std::time::Duration;

use edafw_e2e::{Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 400;
const KEYS: i64 = 20;

fn sits_out(queues: Queues) {
    let mut world = World::new(queues);
    world.set("ACTOR_BATCH", &50);
    world.set("ACTOR_SHARED", &10);
    // Longer than anybody waits for the others when nobody holds it.
    world.set("ACTOR_ACQUIRE_MS", &3_000);
    world.publish(0, ACTS / 2, KEYS).succeeds();
    let worker = world.run_with("actor", &["work"], &[("RUST_LOG", "debug,sqlx=off")]);
    let books = world.books();
    // Past its start, at which it would not wait for the database.
    worker.until("it works", || {
        books.number("actor", "select count(*) from edafw_event where published_at is not null") > 0
    });
    let mut holder = world.run_with("actor", &["lock"], &[("ACTOR_ACQUIRE_MS", "30000")]);
    holder.line("locked");
    worker.says("cannot go on");
    let before = worker.errors().lines().count();
    assert!(!worker.ends_within(Duration::from_secs(2)));
    let during = worker.errors().lines().count() - before;
    assert!(during < 200, "{during} log lines in two seconds: a busy loop");
    let (status, _) = world.publish(ACTS / 2, ACTS / 2, KEYS).end();
    assert!(!status.success(), "it published although the database was held");
    holder.let_go();
    holder.succeeds();
    worker.says("works again");
    let rest = (ACTS / 2).to_string();
    let patient = [("ACTOR_ACQUIRE_MS", "30000")];
    world.run_with("actor", &["publish", &rest, &rest, &KEYS.to_string()], &patient).succeeds();
    let queues = if queues == Queues::Separate { "queues" } else { "actor" };
    worker.until("nothing is left", || {
        books.number("actor", "select count(*) from edafw_event where published_at is null")
            + books.number(queues, "select count(*) from edafw_message where queue like 'actor.%'")
            == 0
    });
    worker.signal(Signal::TERM);
    let said = worker.errors();
    worker.succeeds();
    world.settle();
    books.check(ACTS);
    let workers = "select count(distinct process) from effect";
    assert_eq!(books.number("actor", workers), 1, "who did it");
    assert_eq!(books.number("actor", "select count(*) from effect where attempt > 1"), 0, "counted attempts");
    let loud: Vec<&str> = said
        .lines()
        .filter(|line| line.contains(" ERROR ") || line.contains(" WARN ") || line.contains("works again"))
        .filter(|line| !line.contains("refused") && !line.contains("regretted"))
        .collect();
    assert_eq!(loud.len(), 2, "{loud:#?}");
}

#[test]
fn all_together() {
    sits_out(Queues::AllTogether);
}

#[test]
fn queues_together() {
    sits_out(Queues::Together);
}

#[test]
fn queues_separate() {
    sits_out(Queues::Separate);
}
