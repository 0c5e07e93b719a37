//! Two releases of one service side by side.

use edafw_e2e::{Kind, Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 40;

fn undeclared(acts: &[(i64, i64)]) -> Vec<(i64, i64)> {
    acts.iter().copied().filter(|(no, _)| no % 5 != 0).collect()
}

/// The old one gives back what only the new one knows.
fn side_by_side(kind: Kind) {
    let world = World::on(kind, Queues::Together);
    world.run("newer", &["register"]).succeeds();
    let old = world.run("actor", &["work"]);
    old.line("works");
    world.run("newer", &["publish", "0", &ACTS.to_string(), "4"]).succeeds();
    let books = world.books();
    // A version and a name that it does not know.
    for subscriber in ["ledger", "pair_one"] {
        let given_back = format!(
            "select count(*) from edafw_attempt where subscriber = '{subscriber}' and last_error is not null"
        );
        old.until("the old one has given something back", || books.number("actor", &given_back) > 0);
    }
    let new = world.run("newer", &["work"]);
    new.line("works");
    assert!(!old.ends_within(std::time::Duration::from_millis(300)));
    old.signal(Signal::TERM);
    old.succeeds();
    let acts = books.acts();
    let happened = undeclared(&acts);
    let added: Vec<_> = acts.iter().copied().filter(|(no, _)| no % 5 == 0).collect();
    let done = "select count(*) from effect where subscriber in ('ledger', 'pair_one', 'pair_three')";
    new.until("the new one has handled everything", || {
        books.number("actor", done) == (happened.len() * 2 + added.len()) as i64
    });
    for (subscriber, acts) in [("ledger", &happened), ("pair_one", &happened), ("pair_three", &added)] {
        books.check_effects("actor", subscriber, acts, true);
        assert!(
            books.effects("actor", subscriber).iter().all(|one| one.attempt == 1 && one.process == new.id())
        );
    }
    assert_eq!(books.number("actor", "select count(*) from edafw_dead_letter"), 0, "dead letters");
}

#[test]
fn the_old_one_gives_back_what_only_the_new_one_knows() {
    side_by_side(Kind::Sqlite);
}

#[test]
fn the_old_one_gives_back_what_only_the_new_one_knows_on_postgres() {
    side_by_side(Kind::Postgres);
}

#[test]
fn the_old_one_gives_back_what_only_the_new_one_knows_on_mysql() {
    side_by_side(Kind::MySql);
}

/// A later release has migrated the tables to a version that this one does not know and can live with: it starts, works
/// and migrates nothing. One that it cannot live with it refuses.
fn newer_tables(kind: Kind) {
    let world = World::on(kind, Queues::Together);
    world.administrate(
        "actor",
        "insert into edafw_schema (version, oldest_compatible, applied_at) values (98, 1, 0)",
    );
    world.administrate("actor", "alter table edafw_event add column invented int");
    world.publish(0, ACTS, 4).succeeds();
    world.settle();
    world.books().check(ACTS);
    world.administrate(
        "actor",
        "insert into edafw_schema (version, oldest_compatible, applied_at) values (99, 98, 0)",
    );
    for arguments in [&["work"][..], &["publish", "40", "1", "4"]] {
        let refused = world.run("actor", arguments);
        while !refused.ends_within(std::time::Duration::from_millis(100)) {}
        let said = refused.errors();
        assert!(said.contains("schema version 99") && said.contains("deploy a newer one"), "{said}");
        assert!(!refused.end().0.success());
    }
    assert_eq!(world.books().acts().len() as i64, ACTS);
}

#[test]
fn works_on_newer_tables() {
    newer_tables(Kind::Sqlite);
}

#[test]
fn works_on_newer_tables_on_postgres() {
    newer_tables(Kind::Postgres);
}

#[test]
fn works_on_newer_tables_on_mysql() {
    newer_tables(Kind::MySql);
}

/// Dies between the registration of a subscriber that starts at the beginning and its first event.
#[test]
fn a_latecomer_gets_the_past_whenever_its_worker_dies() {
    let world = World::new(Queues::Separate);
    world.publish(0, ACTS, 4).succeeds();
    world.settle();
    let dies = [("EDAFW_KILL_POINT", "registration.applied")];
    world.run_with("newer", &["work", "--until-idle"], &dies).dies_of(Signal::KILL);
    world.run("newer", &["work", "--until-idle"]).succeeds();
    let books = world.books();
    books.check_effects("actor", "latecomer", &undeclared(&books.acts()), true);
}

/// Nothing waits in any queue until a new subscriber is registered, and it is registered late, because another process
/// holds the database.
#[test]
fn until_idle_waits_for_the_past_of_a_latecomer() {
    let world = World::new(Queues::Together);
    world.publish(0, ACTS, 4).succeeds();
    world.settle();
    let patient = [("ACTOR_ACQUIRE_MS", "30000")];
    let mut holder = world.run_with("actor", &["lock"], &patient);
    holder.line("locked");
    let newer = world.run_with("newer", &["work", "--until-idle"], &patient);
    assert!(!newer.ends_within(std::time::Duration::from_millis(500)));
    holder.let_go();
    holder.succeeds();
    newer.succeeds();
    let books = world.books();
    books.check_effects("actor", "latecomer", &undeclared(&books.acts()), true);
}
