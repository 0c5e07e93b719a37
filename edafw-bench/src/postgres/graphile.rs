//! `graphile_worker`, a queue of jobs in PostgreSQL, at its best setting.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, LocalQueueConfig, RawJobSpec, TaskHandler, WorkerContext, WorkerOptions,
    WorkerUtils,
};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use super::Database;
use crate::Result;
use crate::workload::Moved;

const SCHEMA: &str = "graphile_worker";

/// Its tables in a database, and its connections.
pub struct Graphile {
    pool: PgPool,
}

/// How many jobs were handled.
#[derive(Debug, Clone, Default)]
struct Handled(Arc<AtomicU64>);

impl TaskHandler for Moved {
    const IDENTIFIER: &'static str = "moved";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        if let Some(handled) = context.get_ext::<Handled>() {
            handled.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok::<(), String>(())
    }
}

impl Graphile {
    /// Creates its tables.
    ///
    /// # Errors
    /// The database.
    pub async fn open(database: &Database) -> Result<Self> {
        let options = PgPoolOptions::new().max_connections(10).test_before_acquire(false);
        let pool = options.connect_with(database.options()?).await?;
        WorkerUtils::new(pool.clone(), SCHEMA).migrate().await?;
        Ok(Self { pool })
    }

    /// Adds jobs to be drained.
    ///
    /// # Errors
    /// The database.
    pub async fn fill(&self, jobs: i64) -> Result<()> {
        let utils = WorkerUtils::new(self.pool.clone(), SCHEMA);
        for first in (0..jobs).step_by(500) {
            let jobs: Vec<RawJobSpec> = (first..(first + 500).min(jobs))
                .map(|number| {
                    let payload = serde_json::to_value(Moved::number(number))?;
                    Ok(RawJobSpec {
                        identifier: Moved::IDENTIFIER.to_owned(),
                        payload,
                        spec: JobSpec::default(),
                    })
                })
                .collect::<Result<_>>()?;
            utils.add_raw_jobs(&jobs).await?;
        }
        Ok(())
    }

    /// Runs a worker until every job is done and removed; answers how long that took. Jobs are fetched 500 at a time and
    /// completed together after 5 ms: of what was tried, that was the fastest.
    ///
    /// # Errors
    /// The database.
    pub async fn drain(&self, jobs: i64) -> Result<Duration> {
        let handled = Handled::default();
        let worker = WorkerOptions::default()
            .schema(SCHEMA)
            .database(self.pool.clone())
            .concurrency(CONCURRENCY)
            .poll_interval(Duration::from_millis(5))
            .local_queue(LocalQueueConfig::default().with_size(LOCAL_QUEUE))
            .complete_job_batch_delay(Duration::from_millis(5))
            .listen_os_shutdown_signals(false)
            .add_extension(handled.clone())
            .define_job::<Moved>()
            .init()
            .await?;
        let worker = Arc::new(worker);
        let started = Instant::now();
        let running = tokio::spawn({
            let worker = Arc::clone(&worker);
            async move { worker.run().await }
        });
        while handled.0.load(Ordering::Relaxed) < jobs as u64 || self.is_busy().await? {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let taken = started.elapsed();
        worker.request_shutdown();
        running.await??;
        Ok(taken)
    }

    async fn is_busy(&self) -> Result<bool> {
        let busy = sqlx::query_scalar("select exists (select 1 from graphile_worker._private_jobs)");
        Ok(busy.fetch_one(&self.pool).await?)
    }

    /// Closes its connections.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

/// Jobs that are fetched together.
const LOCAL_QUEUE: usize = 500;

/// Jobs that are handled at the same time.
const CONCURRENCY: usize = 100;
