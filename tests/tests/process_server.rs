//! The database server goes away and comes back, cuts connections, and leaves COMMIT without an answer.

use std::time::Duration;

use edafw_e2e::{Books, Cluster, Kind, Process, Proxy, Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 400;
const KEYS: i64 = 20;

/// Waits until a worker has nothing left to do, and ends it; answers what it said on standard error.
fn finish(worker: Process, books: &Books, queues: Queues) -> String {
    let queues = if queues == Queues::Together { "actor" } else { "queues" };
    worker.until("nothing is left", || {
        books.number("actor", "select count(*) from edafw_event where published_at is null")
            + books.number(queues, "select count(*) from edafw_message")
            == 0
    });
    worker.signal(Signal::TERM);
    let said = worker.errors();
    worker.succeeds();
    said
}

/// The server is stopped while a worker works and a publisher publishes, and started again.
fn is_stopped_and_started(kind: Kind, queues: Queues) {
    let mut cluster = Cluster::start_new(kind);
    let mut world = World::on_cluster(&cluster, queues);
    world.set("ACTOR_BATCH", &50);
    world.set("ACTOR_SHARED", &10);
    world.set("ACTOR_ACQUIRE_MS", &1_000);
    world.publish(0, ACTS / 2, KEYS).succeeds();
    let worker = world.run_with("actor", &["work"], &[("RUST_LOG", "debug,sqlx=off")]);
    worker.line("works");
    let publisher = world.publish(ACTS / 2, ACTS / 2, KEYS);
    let books = world.books();
    worker.until("it has begun", || books.number("actor", "select count(*) from effect") > 0);
    cluster.stop();
    worker.says("cannot go on");
    let before = worker.errors().lines().count();
    assert!(!worker.ends_within(Duration::from_secs(2)));
    let during = worker.errors().lines().count() - before;
    assert!(during < 200, "{during} log lines in two seconds: a busy loop");
    publisher.end();
    let (status, _) = world.publish(ACTS / 2, ACTS / 2, KEYS).end();
    assert!(!status.success(), "it published although the server was away");
    cluster.start();
    worker.says("works again");
    world.publish_rest(ACTS / 2, ACTS / 2, KEYS).succeeds();
    let said = finish(worker, &books, queues);
    world.settle();
    books.check(ACTS);
    assert_eq!(books.number("actor", "select count(distinct process) from effect"), 1, "who did it");
    assert_eq!(books.number("actor", "select count(*) from effect where attempt > 1"), 0, "counted attempts");
    let loud: Vec<&str> = said
        .lines()
        .filter(|line| line.contains(" ERROR ") || line.contains(" WARN ") || line.contains("works again"))
        .filter(|line| !line.contains("refuses") && !line.contains("regrets"))
        .collect();
    assert_eq!(loud.len(), 2, "{loud:#?}");
}

#[test]
fn a_server_that_restarts_loses_nothing_on_postgres() {
    is_stopped_and_started(Kind::Postgres, Queues::Together);
}

#[test]
fn a_server_that_restarts_with_separate_queues_loses_nothing_on_postgres() {
    is_stopped_and_started(Kind::Postgres, Queues::Separate);
}

#[test]
fn a_server_that_restarts_loses_nothing_on_mysql() {
    is_stopped_and_started(Kind::MySql, Queues::Together);
}

#[test]
fn a_server_that_restarts_with_separate_queues_loses_nothing_on_mysql() {
    is_stopped_and_started(Kind::MySql, Queues::Separate);
}

/// The server ends every connection, again and again, wherever it is. An attempt at an effect that was cut off is
/// counted as a failed one where the server can still be asked to count it.
fn is_cut_again_and_again(kind: Kind) {
    const CUTS: usize = 5;
    let mut world = World::on(kind, Queues::Together);
    world.set("ACTOR_BATCH", &20);
    let worker = world.run("actor", &["work"]);
    worker.line("works");
    let books = world.books();
    let mut cut = 0;
    let mut publisher = world.publish(0, ACTS, KEYS);
    for done in 1..=CUTS as i64 {
        let effects = format!("select count(*) from effect where no >= {}", done * ACTS / 20);
        worker.until("it goes on", || {
            if publisher.ends_within(Duration::ZERO) {
                return true;
            }
            books.number("actor", &effects) > 0
        });
        cut += world.cut_connections();
        // It may have ended by itself, or by the cut.
        publisher.end();
        publisher = world.publish_rest(0, ACTS, KEYS);
    }
    publisher.succeeds();
    println!("{cut} connections cut");
    finish(worker, &books, Queues::Together);
    world.settle();
    books.check(ACTS);
}

#[test]
fn connections_that_are_cut_lose_nothing_on_postgres() {
    is_cut_again_and_again(Kind::Postgres);
}

#[test]
fn connections_that_are_cut_lose_nothing_on_mysql() {
    is_cut_again_and_again(Kind::MySql);
}

/// The connection is cut after COMMIT was sent and before the answer comes: the publisher is told that nobody knows.
/// The server has committed, and what was published takes effect once.
fn leaves_a_commit_in_doubt(kind: Kind) {
    let mut world = World::on(kind, Queues::Together);
    let direct = world.by_way_of(&world.server());
    let publishers = Proxy::to(world.server(), 40);
    let workers = Proxy::to(world.server(), 25);
    world.set("ACTOR_BATCH", &20);
    world.set("ACTOR_DATABASES", &world.by_way_of(workers.address()));
    let worker = world.run("actor", &["work"]);
    worker.line("works");
    world.set("ACTOR_DATABASES", &world.by_way_of(publishers.address()));
    let books = world.books();
    let mut doubts = 0;
    loop {
        let publisher = world.publish_rest(0, ACTS, KEYS);
        while !publisher.ends_within(Duration::from_millis(100)) {}
        let said = publisher.errors();
        let (status, _) = publisher.end();
        if status.success() {
            break;
        }
        // A connection is also cut in the framework's own transactions, such as the one that looks at the schema.
        doubts += usize::from(said.contains("it is not known whether it took effect"));
    }
    assert!(doubts > 0, "no publisher was ever in doubt");
    books.check_publisher(ACTS);
    finish(worker, &books, Queues::Together);
    assert!(workers.cuts() > 0, "no worker was ever in doubt");
    println!("{doubts} publishers in doubt, {} COMMITs of workers without an answer", workers.cuts());
    world.set("ACTOR_DATABASES", &direct);
    world.settle();
    books.check(ACTS);
}

#[test]
fn a_commit_in_doubt_takes_effect_once_on_postgres() {
    leaves_a_commit_in_doubt(Kind::Postgres);
}

#[test]
fn a_commit_in_doubt_takes_effect_once_on_mysql() {
    leaves_a_commit_in_doubt(Kind::MySql);
}
