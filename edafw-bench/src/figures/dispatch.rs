//! Calling one application subscriber, beside calling its function.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use edafw::{__private::dispatch as call, App, Envelope, Failure, Sqlite, domain_event, subscriber};

use crate::Result;
use crate::figure::{Figure, Floor};
use crate::rounds::Effort;
use crate::workload;

/// Something that a subscriber counts.
#[domain_event(name = "bench.counted")]
#[derive(Debug)]
pub(crate) struct Counted {
    by: u64,
}

/// Does next to nothing, as slowly as the optimiser lets it.
#[subscriber(layer = application)]
pub(crate) async fn count(event: &Counted) -> Result<(), Failure> {
    black_box(event.by);
    Ok(())
}

pub(super) async fn dispatch(effort: Effort) -> Result<Vec<Figure>> {
    let directory = tempfile::tempdir()?;
    let app: App<Sqlite> = workload::builder(directory.path(), "").subscriber::<count>().connect().await?;
    let calls: u32 = 1_000;
    let event = Envelope::new(uuid::Uuid::now_v7(), "bench", "bench.counted", 1, Counted { by: 1 });
    let envelope: Arc<dyn std::any::Any + Send + Sync> = Arc::new(event);
    let event = Counted { by: 1 };
    let mut tx = app.begin().await?;
    // The shortest of many turns: what else the machine does can only lengthen one.
    let mut shortest = [f64::INFINITY; 2];
    for _ in 0..effort.size(1_000, 10) {
        let started = Instant::now();
        for _ in 0..calls {
            call::<Sqlite, Counted>(&mut tx, black_box(&envelope)).await?;
        }
        shortest[0] = shortest[0].min(started.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
        let started = Instant::now();
        for _ in 0..calls {
            count(black_box(&event)).await.map_err(Failure::into_error)?;
        }
        shortest[1] = shortest[1].min(started.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    // Nothing in it waits, so one poll runs all of it, on this thread.
    let allocations = {
        let mut dispatched = Box::pin(call::<Sqlite, Counted>(&mut tx, &envelope));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let counted =
            allocation_counter::measure(|| assert!(dispatched.as_mut().poll(&mut context).is_ready()));
        counted.count_total
    };
    tx.rollback().await;
    app.close().await;
    let [dispatched, direct] = shortest;
    Ok(vec![
        Figure {
            name: "dispatch",
            what: "in-process dispatch to one subscriber, above a direct call",
            value: dispatched - direct,
            unit: "ns",
            floor: Some(Floor::AtMost(100.0)),
            details: vec![("dispatched", dispatched), ("direct", direct)],
        },
        Figure {
            name: "dispatch_alloc",
            what: "allocations of a dispatch to one subscriber",
            value: allocations as f64,
            unit: "allocations",
            floor: Some(Floor::AtMost(1.0)),
            details: Vec::new(),
        },
    ])
}
