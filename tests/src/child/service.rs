//! The commands: `register DIR`, `publish DIR FIRST COUNT KEYS`, `work DIR [--until-idle]`, `replay DIR SUBSCRIBER ID`, and `lock DIR`, which
//! holds the database until there is a line on standard input.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use edafw::{App, AppBuilder, CancellationToken};
use tokio::signal::unix::{SignalKind, signal};

use super::clock::Skewed;
use super::publisher::{Publish, publish};
use super::{Database, options, wait_for_line};

/// What ends a process that gets a second signal.
const KILLED_BY_A_SECOND_SIGNAL: i32 = 130;

/// The service as the environment describes it.
pub fn builder<B: Database>(service: &str) -> AppBuilder<B> {
    let options = options();
    let builder = App::builder(service).database_url(options.url(service)).settings(|settings| {
        if options.skew != 0 {
            settings.store.clock = Arc::new(Skewed { millis: options.skew });
        }
        settings.store.max_connections = options.connections;
        settings.batch = options.batch;
        settings.shared_commit = options.shared.unwrap_or(options.batch);
        settings.lease = options.lease;
        settings.shutdown_deadline = options.deadline;
        settings.republish.after = options.republish;
        settings.store.acquire_timeout = options.acquire;
        settings.store.poll_interval = std::time::Duration::from_millis(50);
    });
    let external = &options.external_queues;
    let builder = builder.external_url(if external == service {
        "embedded:".to_owned()
    } else {
        format!("embedded:{}", options.url(external))
    });
    if options.separate_queues {
        builder.transport_url(format!("embedded:{}", options.url("queues")))
    } else {
        builder.transport_url("embedded:")
    }
}

/// Runs the command that the arguments name.
pub fn main<B: Database>(builder: AppBuilder<B>, publish: Option<Publish<B>>) -> ExitCode {
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

async fn run<B: Database>(builder: AppBuilder<B>, act: Option<Publish<B>>) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| {
        arguments.get(index).ok_or("a number is missing")?.parse().map_err(Box::<dyn Error>::from)
    };
    let app = builder.connect().await?;
    match (arguments.first().map(String::as_str), act) {
        (Some("register"), _) => {
            let mut tx = app.begin().await?;
            B::create_tables(&mut *tx).await?;
            if B::CREATING_COMMITS {
                tx.rollback().await;
            } else {
                tx.commit().await?;
            }
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
        (Some("replay"), _) => {
            let text = |index: usize| arguments.get(index).cloned().ok_or("a text is missing");
            let replayed = app.replay(text(2)?, text(3)?).run().await?;
            println!("handled {}", replayed.handled);
        }
        (Some("work"), _) => work(&app, arguments.iter().any(|one| one == "--until-idle")).await?,
        (command, _) => return Err(format!("there is no command {command:?}").into()),
    }
    app.close().await;
    Ok(())
}

async fn work<B: Database>(app: &App<B>, until_idle: bool) -> Result<(), Box<dyn Error>> {
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
