//! A replay is killed again and again, and begun again with the same id by two processes at once: each event has taken
//! effect once, each key is in order, and nobody else has noticed.

use edafw_e2e::{Kind, Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 150;
const KEYS: i64 = 6;

fn survives(kind: Kind) {
    let mut world = World::on(kind, Queues::AllTogether);
    world.set("ACTOR_BATCH", &20);
    world.set("ACTOR_FAIL_PERCENT", &2);
    world.publish(0, ACTS, KEYS).succeeds();
    world.settle();
    let replay = ["replay", "follow_up", "again"];
    for point in
        ["worker.handled", "worker.handled:3", "worker.committed", "worker.committed:2", "worker.handled:2"]
    {
        world.run_with("actor", &replay, &[("EDAFW_KILL_POINT", point)]).dies_of(Signal::KILL);
    }
    let books = world.books();
    let done = "select count(*) from effect where subscriber = 'follow_up@again'";
    let before = books.number("actor", done);
    assert!(before > 0, "what was committed before a kill stays");
    let both = [world.run("actor", &replay), world.run("actor", &replay)];
    let handled: i64 = both
        .map(|process| process.succeeds().join(" "))
        .iter()
        .map(|said| said.strip_prefix("handled ").unwrap().parse::<i64>().unwrap())
        .sum();
    let happened: Vec<_> = books.acts().into_iter().filter(|(no, _)| no % 5 != 0).collect();
    books.check_effects("actor", "follow_up@again", &happened, true);
    assert_eq!(before + handled, happened.len() as i64, "each event is handled by one of them");
    // What it publishes was dropped, and nothing was sent.
    books.check(ACTS);
}

#[test]
fn a_replay_goes_on_where_it_was_killed() {
    survives(Kind::Sqlite);
}

#[test]
fn a_replay_goes_on_where_it_was_killed_on_postgres() {
    survives(Kind::Postgres);
}

#[test]
fn a_replay_goes_on_where_it_was_killed_on_mysql() {
    survives(Kind::MySql);
}
