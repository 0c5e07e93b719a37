//! Two releases of one service side by side.

use edafw_e2e::{Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 40;

fn undeclared(acts: &[(i64, i64)]) -> Vec<(i64, i64)> {
    acts.iter().copied().filter(|(no, _)| no % 5 != 0).collect()
}

#[test]
fn the_old_one_gives_back_what_only_the_new_one_knows() {
    let world = World::new(Queues::Together);
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
