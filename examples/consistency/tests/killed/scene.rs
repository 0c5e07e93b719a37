//! Where one test happens: its databases, and how its processes are started.

use std::net::TcpListener;
use std::time::Duration;

use consistency::books::{Books, Ledgers};
use consistency::company::Files;
use consistency::sample::Sample;
use consistency::two_phase::{Cluster, Coordinator, Databases, Server};
use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::process::Command;
use trip_booking::{Desks, tcc};
use trip_places::Steps;

use crate::process::Process;

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// A directory for the files, or a server for the databases.
pub(crate) struct Scene {
    directory: TempDir,
    server: Option<(Cluster, Databases)>,
    /// Where hotel and airline answer, also after they were started again.
    ports: [u16; 2],
    sample: Sample,
    trips: i64,
    /// After how many milliseconds the services give up a trip that nobody decides.
    patience: &'static str,
}

impl Scene {
    /// For saga and try-confirm/cancel, with a crowd of so many trips.
    pub(crate) fn on_files(trips: i64) -> Self {
        let ports = [(); 2].map(|()| free_port());
        Self {
            directory: tempfile::tempdir().unwrap(),
            server: None,
            ports,
            sample: Sample::crowd(trips),
            trips,
            patience: "2000",
        }
    }

    /// For two-phase commit, likewise, on a server of its own.
    pub(crate) async fn on_server(trips: i64) -> Self {
        let cluster = Cluster::start_new().unwrap();
        let server = Server::new(&cluster.url()).unwrap();
        server.check().await.unwrap();
        let databases = server.databases("consistency").await.unwrap();
        Self { server: Some((cluster, databases)), ..Self::on_files(trips) }
    }

    /// Where a trip that nobody decides is given up when the test [says so](Self::give_up), and not before.
    pub(crate) fn patiently(self) -> Self {
        Self { patience: "3600000", ..self }
    }

    /// Gives up the trips that nobody has decided.
    pub(crate) async fn give_up(&self) {
        if let Some((_, databases)) = &self.server {
            let coordinator = Coordinator::connect(databases, &self.sample, Steps::default()).await.unwrap();
            coordinator.resolve(Duration::ZERO).await.unwrap();
            coordinator.close().await;
        } else {
            let files = Files(self.directory.path().to_owned());
            let desks = Desks::new("http://127.0.0.1:1", "http://127.0.0.1:1").unwrap();
            let booking = files.place(trip_booking::with(desks, Steps::default())).unwrap();
            let booking = booking.connect().await.unwrap();
            tcc::give_up_forgotten(&booking, Duration::ZERO).await.unwrap();
            booking.close().await;
        }
    }

    /// The server.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.server.as_ref().unwrap().0
    }

    /// The crowd.
    pub(crate) fn sample(&self) -> &Sample {
        &self.sample
    }

    /// A part, which dies where the variable says.
    pub(crate) async fn start_fatal(
        &self,
        part: &str,
        arguments: &[&str],
        variable: &str,
        at: &str,
    ) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_consistency"));
        command.arg("part").arg(part).args(arguments).args(["--trips", &self.trips.to_string()]);
        command.arg("--data-dir").arg(self.directory.path()).args(["--patience", self.patience]);
        if let Some((cluster, _)) = &self.server {
            command.args(["--postgres", &cluster.url()]);
        }
        let [hotel, airline] = self.ports.map(|port| format!("http://127.0.0.1:{port}"));
        command.args(["--hotel", &hotel, "--airline", &airline]);
        for (name, port) in [("hotel", self.ports[0]), ("airline", self.ports[1])] {
            if part == name {
                command.args(["--port", &port.to_string()]);
            }
        }
        for unset in ["TRIP_KILL_AT", "EDAFW_KILL_POINT", "RUST_LOG"] {
            command.env_remove(unset);
        }
        command.env(variable, at);
        Process::start(command, !part.ends_with("-travellers")).await
    }

    /// A part.
    pub(crate) async fn start(&self, part: &str) -> Process {
        self.start_fatal(part, &[], "TRIP_KILL_AT", "").await
    }

    /// Several parts.
    pub(crate) async fn start_all<const N: usize>(&self, parts: [&str; N]) -> [Process; N] {
        join_all(parts.map(|part| self.start(part))).await.try_into().ok().expect("one for each")
    }

    /// Travellers who ask for the trips from one number to another.
    pub(crate) async fn ask(&self, part: &str, from: i64, to: i64) -> Process {
        self.ask_fatal(part, from, to, "").await
    }

    /// Travellers whose process dies at a step.
    pub(crate) async fn ask_fatal(&self, part: &str, from: i64, to: i64, step: &str) -> Process {
        let (from, to) = (from.to_string(), to.to_string());
        self.start_fatal(part, &["--from", &from, "--to", &to], "TRIP_KILL_AT", step).await
    }

    /// The databases, to look at.
    pub(crate) async fn ledgers(&self) -> Ledgers {
        match &self.server {
            Some((_, databases)) => Ledgers::on_server(databases.urls()).await.unwrap(),
            None => Ledgers::in_files(self.directory.path()).await.unwrap(),
        }
    }

    /// Waits until so many trips are closed, and nothing is left undone.
    pub(crate) async fn settled(&self, trips: i64) {
        self.ledgers().await.wait_until_settled(trips, PATIENCE).await.unwrap();
    }

    /// What the letter of a trip says; trips count from 1.
    pub(crate) async fn letter(&self, trip: i64) -> String {
        let books = Books::read(&mut self.ledgers().await).await.unwrap();
        let number = self.sample.trips[trip as usize - 1].trip_no;
        books.letter(number).unwrap_or("no letter").to_owned()
    }

    /// Waits until the trips that were asked for are closed, the first ones of the crowd, and checks the books.
    pub(crate) async fn check(&self, trips: i64) -> Books {
        self.settled(trips).await;
        let asked = Sample { trips: self.sample.trips[..trips as usize].to_vec(), ..self.sample.clone() };
        let books = Books::read(&mut self.ledgers().await).await.unwrap();
        assert_eq!(books.mistakes(&asked), [""; 0]);
        books
    }
}

/// A port that a service has again when it is started again: none of those that systems hand out for connections.
fn free_port() -> u16 {
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(12_000..32_000)).take(1_000).find(free).expect("a free port")
}
