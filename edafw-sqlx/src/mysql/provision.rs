//! Queues and bindings of the embedded transport.

use std::collections::BTreeSet;

use edafw_core::{Binding, BoxFuture, Drift, Ordering, Provision, Result, Topology};
use sqlx::Row;

use super::connection::Work;
use super::connection::again;
use super::script::{Now, Script};
use super::store::MySqlStore;
use crate::boxed::boxed;
use crate::subscriptions::{Existing, binding, compare, event_of, is_ordered};

impl Provision for MySqlStore {
    fn plan<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>> {
        boxed(async move {
            let mut work = self.framework.work("read the registered subscriptions").await?;
            let drift = plan(&mut work, topology).await?;
            work.end();
            Ok(drift)
        })
    }

    fn apply<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>> {
        boxed(async move { again(|| self.apply_now(topology)).await })
    }
}

impl MySqlStore {
    async fn apply_now(&self, topology: &Topology) -> Result<Vec<Drift>> {
        let mut work = self.framework.work("register the subscriptions").await?;
        // One process at a time, so that what the others have done is seen.
        let mut script = Script::begin();
        script.add(include_str!("sql/lock_topology.sql"), &[]);
        work.run(script).await?;
        let drift = plan(&mut work, topology).await?;
        let mut script = Script::default();
        for change in &drift {
            mend(&mut script, change, topology, self.now());
        }
        work.run(script.commit()).await?;
        work.end();
        Ok(drift)
    }
}

async fn plan(work: &mut Work, topology: &Topology) -> Result<Vec<Drift>> {
    let existing = existing(work, &topology.service).await?;
    let mut drift = compare(topology, &existing);
    for one in &mut drift {
        if let Drift::UndeclaredQueue { queue, messages } = one {
            let answers = work.run(Script::of(include_str!("sql/depth.sql"), &[queue])).await?;
            let depth: i64 = answers.first_row().and_then(|row| row.try_get(0)).map_err(work.failed())?;
            *messages = depth as u64;
        }
    }
    Ok(drift)
}

async fn existing(work: &mut Work, service: &str) -> Result<Vec<Existing>> {
    let mut script = Script::default();
    let queues = script.add(include_str!("sql/queues.sql"), &[&service]);
    let bindings = script.add(include_str!("sql/bindings.sql"), &[&service]);
    let answers = work.run(script).await?;
    let mut existing = answers
        .rows(queues)
        .iter()
        .map(|row| {
            let ordered: i64 = row.try_get(1)?;
            Ok(Existing { name: row.try_get(0)?, ordered: ordered != 0, bindings: BTreeSet::new() })
        })
        .collect::<sqlx::Result<Vec<_>>>()
        .map_err(work.failed())?;
    let bindings = answers
        .rows(bindings)
        .iter()
        .map(|row| Ok((row.try_get(0)?, binding(row.try_get(1)?, row.try_get(2)?))))
        .collect::<sqlx::Result<Vec<(String, Binding)>>>()
        .map_err(work.failed())?;
    for (name, binding) in bindings {
        if let Some(queue) = existing.iter_mut().find(|queue| queue.name == name) {
            queue.bindings.insert(binding);
        }
    }
    Ok(existing)
}

/// Makes one difference go away, except that nothing is removed but bindings: a queue that nobody declares
/// stays with its messages.
fn mend(script: &mut Script, change: &Drift, topology: &Topology, now: Now) {
    match change {
        Drift::MissingQueue { queue } => {
            let ordered = is_ordered(topology, queue);
            let values = include_str!("sql/add_queue.sql");
            script.add(values, &[queue, &topology.service, &ordered, &now]);
        }
        Drift::RenamedQueue { from, to } => {
            script.add(include_str!("sql/rename_queue.sql"), &[from, to]);
        }
        Drift::MissingBinding { queue, binding } => {
            let sql = include_str!("sql/add_binding.sql");
            script.add(sql, &[&binding.topic, &event_of(binding), queue]);
        }
        Drift::ExtraBinding { queue, binding } => {
            let sql = include_str!("sql/remove_binding.sql");
            script.add(sql, &[&binding.topic, &event_of(binding), queue]);
        }
        Drift::OrderingDiffers { queue, declared } => {
            let sql = match declared {
                Ordering::Key => include_str!("sql/order_queue.sql"),
                Ordering::None => include_str!("sql/unorder_queue.sql"),
            };
            script.add(sql, &[queue, &now]);
        }
        Drift::SettingDiffers { .. } | Drift::UndeclaredQueue { .. } => {}
    }
}
