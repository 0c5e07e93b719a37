//! `run`: the worker itself, until a signal or until nothing is left to do.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use edafw_core::{Backend, Result};
use tokio_util::sync::CancellationToken;

use super::exit::Exit;
#[cfg(feature = "http")]
use super::http;
#[cfg(not(feature = "http"))]
use super::no_http as http;
use super::output::Output;
use crate::{App, AppBuilder};

/// What `run` takes, with the command's name or without.
pub(super) fn arguments() -> [Arg; 4] {
    [
        Arg::new("until-idle")
            .long("until-idle")
            .action(ArgAction::SetTrue)
            .help("End when no event is left to send and no delivery left to handle"),
        Arg::new("drain").long("drain").value_name("URL").help(
            "After a change of transport: handle first what waits on the former one; `embedded:` are the queues in the \
             service's own database",
        ),
        Arg::new("abandon-former").long("abandon-former").action(ArgAction::SetTrue).conflicts_with("drain").help(
            "After a change of transport: leave what may wait on the former one, which is not embedded in the database",
        ),
        Arg::new("http")
            .long("http")
            .value_name("ADDR")
            .value_parser(value_parser!(SocketAddr))
            .help("Answer /health and /metrics at this address, such as 127.0.0.1:9090"),
    ]
}

pub(super) fn command() -> Command {
    Command::new("run")
        .about("Run the subscribers, the relay, the recorder and the republisher (the default)")
        .after_help("SIGTERM and SIGINT end it gracefully: what runs is finished, the rest given back. A second one ends it at once.")
        .args(arguments())
}

pub(super) async fn run<B: Backend>(
    builder: AppBuilder<B>,
    matches: &ArgMatches,
    output: Output,
) -> Result<Exit> {
    let door = match matches.get_one::<SocketAddr>("http") {
        Some(&address) => Some(http::open(address).await?),
        None => None,
    };
    let app = builder.connect().await?;
    let worker = app.worker()?;
    let stop = CancellationToken::new();
    // Caught from here on: what is logged below may be what somebody waits for.
    let signals = tokio::spawn(stop_on_signal(Signals::new(), stop.clone()));
    say_hello(&app);
    let answering = door.map(|door| http::answer(door, Arc::clone(&worker)));
    if let Some(url) = matches.get_one::<String>("drain") {
        worker.drain(url, stop.clone()).await?;
    }
    if matches.get_flag("abandon-former") {
        worker.abandon_former().await?;
    }
    let ran = if matches.get_flag("until-idle") {
        worker.run_until_idle_or(stop).await
    } else {
        worker.run(stop).await
    };
    signals.abort();
    if let Some(answering) = answering {
        answering.abort();
    }
    if ran.is_ok() {
        tracing::info!(service = app.service(), "stopped");
        if output.is_json() {
            output.print(&Handled { service: app.service(), subscribers: worker.stats() });
        }
    }
    app.close().await;
    ran.map(|()| Exit::Done)
}

fn say_hello<B: Backend>(app: &App<B>) {
    let transports: Vec<String> = app
        .transports()
        .into_iter()
        .map(|(transport, channels)| {
            let channels: Vec<&str> = channels.iter().map(|channel| channel.as_str()).collect();
            format!("{} ({})", transport.name(), channels.join(", "))
        })
        .collect();
    tracing::info!(
        service = app.service(),
        database = B::SCHEME,
        transports = transports.join("; "),
        subscribers = app.registry().workers().len(),
        "starts"
    );
}

/// The first signal stops the worker gracefully, the second ends the process.
async fn stop_on_signal(signals: std::io::Result<Signals>, stop: CancellationToken) {
    let Ok(mut signals) = signals else {
        tracing::warn!("signals cannot be caught: they end the worker at once");
        return;
    };
    let name = signals.next().await.0;
    tracing::info!(
        signal = name,
        "stops: finishes what runs and gives back the rest; a second signal ends it at once"
    );
    stop.cancel();
    let (name, number) = signals.next().await;
    tracing::warn!(signal = name, "ends at once; deliveries come again when their leases end");
    std::process::exit(128 + number);
}

/// SIGTERM and SIGINT.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> (&'static str, i32) {
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", 15),
            _ = self.interrupt.recv() => ("SIGINT", 2),
        }
    }
}

/// Ctrl-C, where there are no signals.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> (&'static str, i32) {
        let _ = tokio::signal::ctrl_c().await;
        ("Ctrl-C", 2)
    }
}

/// What `run --json` prints when it ends.
#[derive(serde::Serialize)]
struct Handled<'a> {
    service: &'a str,
    subscribers: std::collections::BTreeMap<String, crate::DeliveryStats>,
}

impl std::fmt::Display for Handled<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.service)
    }
}
