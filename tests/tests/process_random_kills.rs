//! Processes die at moments that nobody chose, while others publish and handlers fail.

use std::time::Duration;

use edafw_e2e::{Process, Queues, World};

const ACTS: i64 = 2_000;
const KEYS: i64 = 50;
const KILLS: usize = 15;

/// Numbers that differ, the same ones in every run.
struct Moments(u64);

impl Moments {
    fn next(&mut self, most: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(20 + self.0 % most)
    }
}

fn world(queues: Queues, seed: u64) -> (World, Moments) {
    let mut world = World::new(queues);
    world.set("ACTOR_FAIL_PERCENT", &1);
    world.set("ACTOR_SHARED", &20);
    world.set("ACTOR_SEED", &seed);
    (world, Moments(0x9e37_79b9_7f4a_7c15 ^ seed))
}

/// Carries on to the end, and checks and shows what came of it.
fn finish(world: &World) {
    let lines = world.settle();
    world.books().check(ACTS);
    println!("{}", lines.join("\n"));
}

/// Kills a process at some moment, and starts the one that takes its place.
fn replace(process: &mut Process, moments: &mut Moments, start: impl Fn() -> Process) {
    let next = |old: Process| if old.ends_within(Duration::ZERO) { drop(old.succeeds()) } else { old.kill() };
    process.ends_within(moments.next(250));
    next(std::mem::replace(process, start()));
}

/// Publishes what is left of `first..first + count`. Who has committed may have died before it knew: the last
/// act is done again, and recognised.
fn publish(world: &World, first: i64, count: i64) -> Process {
    let end = first + count;
    let last = format!("select coalesce(max(no), {first}) from act where no >= {first} and no < {end}");
    let last = world.books().number("actor", &last);
    world.publish(last, end - last, KEYS)
}

#[test]
fn a_worker_dies_while_a_publisher_publishes() {
    let (world, mut moments) = world(Queues::Together, 1);
    let publisher = publish(&world, 0, ACTS);
    let work = || world.run("actor", &["work"]);
    let mut worker = work();
    for _ in 0..KILLS {
        replace(&mut worker, &mut moments, work);
    }
    worker.kill();
    publisher.succeeds();
    finish(&world);
}

#[test]
fn a_publisher_dies_and_goes_on_from_its_own_table() {
    let (world, mut moments) = world(Queues::Separate, 2);
    let worker = world.run("actor", &["work"]);
    let mut publisher = publish(&world, 0, ACTS);
    for _ in 0..KILLS {
        replace(&mut publisher, &mut moments, || publish(&world, 0, ACTS));
    }
    publisher.succeeds();
    worker.kill();
    finish(&world);
}

#[test]
fn two_workers_and_two_publishers_die_side_by_side() {
    let (world, mut moments) = world(Queues::Separate, 3);
    let half = ACTS / 2;
    let work = || world.run("actor", &["work"]);
    let mut workers = [work(), work()];
    let mut publishers = [0, half].map(|first| publish(&world, first, half));
    for kill in 0..KILLS {
        let index = kill / 2 % 2;
        if kill % 2 == 0 {
            replace(&mut workers[index], &mut moments, work);
        } else {
            let first = [0, half][index];
            replace(&mut publishers[index], &mut moments, || publish(&world, first, half));
        }
    }
    for publisher in publishers {
        drop(publisher.succeeds());
    }
    workers.into_iter().for_each(Process::kill);
    finish(&world);
}
