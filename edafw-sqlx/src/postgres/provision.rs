//! Queues and bindings of the embedded transport.

use edafw_core::{BoxFuture, Drift, Ordering, Provision, Result, Topology};
use sqlx::PgConnection;

use super::connection::again;
use super::error::database;
use super::store::PostgresStore;
use crate::boxed::boxed;
use crate::subscriptions::{Existing, binding, compare, event_of, is_ordered};

impl Provision for PostgresStore {
    fn plan<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>> {
        boxed(async move {
            let doing = "read the registered subscriptions";
            let mut reader = self.framework.reader(doing).await?;
            let drift = plan(reader.connection(), topology).await.map_err(database(doing))?;
            reader.keep();
            Ok(drift)
        })
    }

    fn apply<'a>(&'a self, topology: &'a Topology) -> BoxFuture<'a, Result<Vec<Drift>>> {
        boxed(again(|| self.try_apply(topology)))
    }
}

impl PostgresStore {
    async fn try_apply(&self, topology: &Topology) -> Result<Vec<Drift>> {
        let doing = "register the subscriptions";
        let mut work = self.framework.begin().await?;
        sqlx::raw_sql(include_str!("sql/lock_queues.sql"))
            .execute(work.connection())
            .await
            .map_err(database(doing))?;
        let drift = plan(work.connection(), topology).await.map_err(database(doing))?;
        for change in &drift {
            mend(work.connection(), change, topology, self.now()).await.map_err(database(doing))?;
        }
        work.commit(doing).await?;
        Ok(drift)
    }
}

async fn existing(connection: &mut PgConnection, service: &str) -> sqlx::Result<Vec<Existing>> {
    let queues: Vec<(String, bool)> =
        sqlx::query_as(include_str!("sql/queues.sql")).bind(service).fetch_all(&mut *connection).await?;
    let mut found = Vec::with_capacity(queues.len());
    for (name, ordered) in queues {
        let bindings: Vec<(String, String)> =
            sqlx::query_as(include_str!("sql/bindings.sql")).bind(&name).fetch_all(&mut *connection).await?;
        let bindings = bindings.into_iter().map(|(topic, event)| binding(topic, event)).collect();
        found.push(Existing { name, ordered, bindings });
    }
    Ok(found)
}

async fn plan(connection: &mut PgConnection, topology: &Topology) -> sqlx::Result<Vec<Drift>> {
    let mut drift = compare(topology, &existing(connection, &topology.service).await?);
    for one in &mut drift {
        if let Drift::UndeclaredQueue { queue, messages } = one {
            let depth: i64 = sqlx::query_scalar(include_str!("sql/depth.sql"))
                .bind(&*queue)
                .fetch_one(&mut *connection)
                .await?;
            *messages = depth as u64;
        }
    }
    Ok(drift)
}

/// Makes one difference go away, except that nothing is removed but bindings: a queue that nobody declares
/// stays with its messages.
async fn mend(
    connection: &mut PgConnection,
    change: &Drift,
    topology: &Topology,
    now: Option<i64>,
) -> sqlx::Result<()> {
    let query = match change {
        Drift::MissingQueue { queue } => sqlx::query(include_str!("sql/add_queue.sql"))
            .bind(queue)
            .bind(&topology.service)
            .bind(is_ordered(topology, queue)),
        Drift::RenamedQueue { from, to } => {
            sqlx::query(include_str!("sql/rename_queue.sql")).bind(from).bind(to)
        }
        Drift::MissingBinding { queue, binding } => sqlx::query(include_str!("sql/add_binding.sql"))
            .bind(&binding.topic)
            .bind(event_of(binding))
            .bind(queue),
        Drift::ExtraBinding { queue, binding } => sqlx::query(include_str!("sql/remove_binding.sql"))
            .bind(&binding.topic)
            .bind(event_of(binding))
            .bind(queue),
        Drift::OrderingDiffers { queue, declared: Ordering::Key } => {
            sqlx::query(include_str!("sql/order_queue.sql")).bind(queue)
        }
        Drift::OrderingDiffers { queue, declared: Ordering::None } => {
            sqlx::query(include_str!("sql/unorder_queue.sql")).bind(queue).bind(now)
        }
        Drift::SettingDiffers { .. } | Drift::UndeclaredQueue { .. } => return Ok(()),
    };
    query.execute(connection).await?;
    Ok(())
}
