//! Processes die at moments that nobody chose, while others publish and handlers fail.

use edafw_e2e::{Cluster, Kind, Moments, Process, Queues, World};

const ACTS: i64 = 2_000;
const KEYS: i64 = 50;
const KILLS: usize = 15;

fn on_files(queues: Queues, seed: u64) -> (World, Moments) {
    set_up(World::new(queues), seed)
}

fn set_up(mut world: World, seed: u64) -> (World, Moments) {
    world.set("ACTOR_FAIL_PERCENT", &1);
    world.set("ACTOR_SHARED", &20);
    world.set("ACTOR_SEED", &seed);
    world.set("ACTOR_COUNT_RUNS", &1);
    (world, Moments::new(seed))
}

/// Carries on to the end, and checks and shows what came of it.
fn finish(world: &World, acts: i64) {
    let lines = world.settle();
    let books = world.books();
    println!("{}", lines.join("\n"));
    println!("handlers that ran beyond the effects: {:?}", books.repeated_runs());
    books.check(acts);
}

#[test]
fn a_worker_dies_while_a_publisher_publishes() {
    let (world, mut moments) = on_files(Queues::Together, 1);
    let publisher = world.publish(0, ACTS, KEYS);
    let work = || world.run("actor", &["work"]);
    let mut worker = work();
    for _ in 0..KILLS {
        moments.replace(&mut worker, work);
    }
    worker.kill();
    publisher.succeeds();
    finish(&world, ACTS);
}

#[test]
fn a_publisher_dies_and_goes_on_from_its_own_table() {
    let (world, mut moments) = on_files(Queues::Separate, 2);
    let worker = world.run("actor", &["work"]);
    let mut publisher = world.publish(0, ACTS, KEYS);
    for _ in 0..KILLS {
        moments.replace(&mut publisher, || world.publish_rest(0, ACTS, KEYS));
    }
    publisher.succeeds();
    worker.kill();
    finish(&world, ACTS);
}

#[test]
fn two_workers_and_two_publishers_die_side_by_side() {
    die_side_by_side(Queues::Separate, 3);
}

#[test]
fn they_die_where_all_queues_are_in_one_database() {
    die_side_by_side(Queues::AllTogether, 8);
}

fn die_side_by_side(queues: Queues, seed: u64) {
    let (world, mut moments) = on_files(queues, seed);
    let half = ACTS / 2;
    let work = || world.run("actor", &["work"]);
    let mut workers = [work(), work()];
    let mut publishers = [0, half].map(|first| world.publish(first, half, KEYS));
    for kill in 0..KILLS {
        let index = kill / 2 % 2;
        if kill % 2 == 0 {
            moments.replace(&mut workers[index], work);
        } else {
            let first = [0, half][index];
            moments.replace(&mut publishers[index], || world.publish_rest(first, half, KEYS));
        }
    }
    for publisher in publishers {
        drop(publisher.succeeds());
    }
    workers.into_iter().for_each(Process::kill);
    finish(&world, ACTS);
}

/// Four publishers, whose keys are the same, and four workers: each dies twice as often as it has time to forget.
/// `EDAFW_E2E_ACTS` says how many acts there are.
fn a_crowd_dies(kind: Kind, queues: Queues, seed: u64) {
    const MANY_KEYS: i64 = 200;
    const CROWD: usize = 4;
    let acts: i64 = std::env::var("EDAFW_E2E_ACTS").map_or(2_000, |acts| acts.parse().expect("a number"));
    // One of its own, which does not wait for the disk at every COMMIT: processes die here, and the server does not.
    let cluster = Cluster::start_new(kind);
    let (world, mut moments) = set_up(World::on_cluster(&cluster, queues), seed);
    let share = acts / CROWD as i64;
    let first = |index: usize| index as i64 * share;
    let publish = |index: usize| world.publish_rest(first(index), share, MANY_KEYS);
    let work = || world.run("actor", &["work"]);
    let mut workers = [(); CROWD].map(|()| work());
    let mut publishers: [Process; CROWD] = std::array::from_fn(publish);
    let kills = acts as usize / 100;
    for kill in 0..kills {
        let index = kill / 2 % CROWD;
        if kill % 2 == 0 {
            moments.replace(&mut workers[index], work);
        } else {
            moments.replace(&mut publishers[index], || publish(index));
        }
    }
    for publisher in publishers {
        drop(publisher.succeeds());
    }
    workers.into_iter().for_each(Process::kill);
    println!("{acts} acts of {MANY_KEYS} keys, {kills} kills");
    finish(&world, share * CROWD as i64);
}

#[test]
fn a_crowd_dies_on_postgres() {
    a_crowd_dies(Kind::Postgres, Queues::Together, 4);
}

#[test]
fn a_crowd_with_separate_queues_dies_on_postgres() {
    a_crowd_dies(Kind::Postgres, Queues::Separate, 5);
}

#[test]
fn a_crowd_dies_on_postgres_where_all_queues_are_in_one_database() {
    a_crowd_dies(Kind::Postgres, Queues::AllTogether, 9);
}

#[test]
fn a_crowd_dies_on_mysql() {
    a_crowd_dies(Kind::MySql, Queues::Together, 6);
}

#[test]
fn a_crowd_with_separate_queues_dies_on_mysql() {
    a_crowd_dies(Kind::MySql, Queues::Separate, 7);
}
