//! The commands: `register DIR`, `publish DIR FIRST COUNT KEYS`, `work DIR [--until-idle]`, and `lock DIR`, which
//! holds the database until there is a line on standard input.

use std::error::Error;
use std::process::ExitCode;

use edafw::{App, AppBuilder, CancellationToken, Sqlite};
use tokio::signal::unix::{SignalKind, signal};

use super::publisher::{Publish, publish};
use super::{options, wait_for_line};

/// The tables of the service itself.
const TABLES: &str = "
    create table if not exists act (id integer primary key autoincrement, no integer, key integer);
    create table if not exists effect (
        id integer primary key autoincrement, subscriber text, no integer, key integer, attempt integer,
        process integer
    )";

/// What ends a process that gets a second signal.
const KILLED_BY_A_SECOND_SIGNAL: i32 = 130;

/// The service as the environment describes it.
pub fn builder(service: &str) -> AppBuilder<Sqlite> {
    let options = options();
    let url = |name: &str| format!("sqlite:{}/{name}.db?synchronous=off", options.directory.display());
    let builder = App::builder(service).database_url(url(service)).settings(|settings| {
        settings.batch = options.batch;
        settings.shared_commit = options.shared.unwrap_or(options.batch);
        settings.lease = options.lease;
        settings.shutdown_deadline = options.deadline;
        settings.republish.after = options.republish;
        settings.store.acquire_timeout = options.acquire;
        settings.store.poll_interval = std::time::Duration::from_millis(50);
    });
    let builder = builder.external_url(format!("embedded:{}", url("external")));
    if options.separate_queues {
        builder.transport_url(format!("embedded:{}", url("queues")))
    } else {
        builder.transport_url("embedded:")
    }
}

/// Runs the command that the arguments name.
pub fn main(builder: AppBuilder<Sqlite>, publish: Option<Publish>) -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(builder, publish))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}: {error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn run(builder: AppBuilder<Sqlite>, act: Option<Publish>) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| {
        arguments.get(index).ok_or("a number is missing")?.parse().map_err(Box::<dyn Error>::from)
    };
    let app = builder.connect().await?;
    match (arguments.first().map(String::as_str), act) {
        (Some("register"), _) => {
            let mut tx = app.begin().await?;
            sqlx::raw_sql(TABLES).execute(&mut *tx).await?;
            tx.commit().await?;
            app.register().await?;
        }
        (Some("publish"), Some(act)) => {
            let (first, count, keys): (i64, i64, i64) = (number(2)?, number(3)?, number(4)?);
            publish(&app, act, first..first + count, keys).await?;
        }
        (Some("lock"), _) => {
            let tx = app.begin().await?;
            wait_for_line("locked".to_owned()).await.map_err(|failure| failure.to_string())?;
            tx.rollback().await;
        }
        (Some("work"), _) => work(&app, arguments.iter().any(|one| one == "--until-idle")).await?,
        (command, _) => return Err(format!("there is no command {command:?}").into()),
    }
    app.close().await;
    Ok(())
}

async fn work(app: &App<Sqlite>, until_idle: bool) -> Result<(), Box<dyn Error>> {
    let worker = app.worker()?;
    println!("works");
    if until_idle {
        worker.run_until_idle().await?;
    } else {
        let stop = CancellationToken::new();
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::spawn({
            let stop = stop.clone();
            async move {
                terminate.recv().await;
                stop.cancel();
                println!("stops");
                terminate.recv().await;
                std::process::exit(KILLED_BY_A_SECOND_SIGNAL);
            }
        });
        worker.run(stop).await?;
    }
    for (subscriber, stats) in worker.stats() {
        println!("{subscriber}: {stats:?}");
    }
    Ok(())
}
