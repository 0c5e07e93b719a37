//! The servers that the tests talk to: found where a variable says, or started.

mod aws;
mod mariadb;
mod postgres;

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// A server that tests need.
pub(crate) struct Service {
    /// What it is called in messages.
    name: &'static str,
    /// The variable that names it for the tests.
    variable: &'static str,
    /// Where the tests look without the variable.
    default: &'static str,
    /// The port of a URL without one.
    port: u16,
    /// The features, as `package/feature`, whose tests need it.
    features: &'static [&'static str],
    /// Installs it if need be and starts it at the default address.
    start: fn() -> Result<()>,
    /// How somebody else would do that, to complete "to start one: ".
    advice: &'static str,
}

/// All of them.
const SERVICES: &[Service] = &[postgres::SERVICE, mariadb::SERVICE];

/// Features whose tests need no server, or one that they start themselves.
const SELF_MADE: &[&str] = &["edafw/contracts", "edafw/sqs", "permits/sqs"];

/// Makes sure of every server, and of the programs that tests start themselves.
///
/// # Errors
/// One is neither there nor could be started: its tests would fail, and none is left out.
pub(crate) fn ensure() -> Result<()> {
    emulators()?;
    SERVICES.iter().try_for_each(Service::ensure)
}

/// How often it is looked whether a server is there.
const LOOK: Duration = Duration::from_secs(2);

/// How long one may take to start.
const START: Duration = Duration::from_mins(1);

/// How long one that falls over may take to be gone, or to be back by itself.
const FALL: Duration = Duration::from_secs(5);

/// Runs `tests`, and starts a server again that falls over meanwhile: it then costs the tests that were using it and not
/// all that come after them. Whoever names a server by its variable looks after it.
pub(crate) fn watched<T>(tests: impl FnOnce() -> T) -> T {
    let (ended, until) = mpsc::channel::<()>();
    thread::scope(|scope| {
        // Dropped when the tests end, whichever way.
        let _ended = ended;
        scope.spawn(move || {
            while until.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                for service in SERVICES {
                    service.revive(FALL);
                }
            }
        });
        tests()
    })
}

/// Compiles the emulators, unless they are compiled.
///
/// # Errors
/// One does not compile.
pub(crate) fn emulators() -> Result<()> {
    aws::build()
}

/// The features whose tests need a server, as cargo's `--features` takes them.
pub(crate) fn features() -> String {
    let features = SERVICES.iter().flat_map(|service| service.features).chain(SELF_MADE);
    let features: Vec<&str> = features.copied().collect();
    features.join(",")
}

impl Service {
    fn ensure(&self) -> Result<()> {
        let named = std::env::var(self.variable).ok();
        let url = named.as_deref().unwrap_or(self.default);
        let place = place(url, self.port);
        if answers(&place) {
            return Ok(());
        }
        let Self { name, variable, default, advice, .. } = self;
        if named.is_some() {
            bail!("no {name} answers at {place}, where {variable} says that it is");
        }
        println!("\nno {name} answers at {place}: starting one");
        if let Err(error) = (self.start)() {
            bail!(
                "the tests need {name}, and it could not be started: {error:#}\n\
                 to start one: {advice}; or name one by {variable} (default {default})"
            );
        }
        if !self.answers_within(START) {
            bail!("{name} was started and does not answer at {place}; name one that does by {variable}");
        }
        Ok(())
    }

    /// Whether it answers at the default address, now or before `patience` is over.
    fn answers_within(&self, patience: Duration) -> bool {
        let place = place(self.default, self.port);
        let begun = Instant::now();
        while !answers(&place) {
            if begun.elapsed() >= patience {
                return false;
            }
            // A server tells nobody when it is ready: it can only be asked again.
            thread::sleep(LOOK);
        }
        true
    }

    /// Starts it if it does not answer, and still does not when `fall` is over.
    fn revive(&self, fall: Duration) {
        if std::env::var_os(self.variable).is_some() || self.answers_within(fall) {
            return;
        }
        eprintln!("\nthe {} at {} no longer answers: starting it again", self.name, self.default);
        if let Err(error) = (self.start)() {
            eprintln!("\nerror: it could not be started: {error:#}");
        } else if !self.answers_within(START) {
            eprintln!("\nerror: it was started and does not answer");
        }
    }
}

/// Host and port of a URL, without user, password and the rest.
fn place(url: &str, port: u16) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port { host.to_owned() } else { format!("{host}:{port}") }
}

fn answers(place: &str) -> bool {
    let Ok(addresses) = place.to_socket_addrs() else { return false };
    addresses.into_iter().any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(3)).is_ok())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_place_has_no_password() {
        assert_eq!(place("postgres://anne:se@cret@db.example:6000/a?b=c", 5432), "db.example:6000");
        assert_eq!(place("postgres://postgres@127.0.0.1", 5432), "127.0.0.1:5432");
        assert_eq!(place("mysql://[::1]:3307/test", 3306), "[::1]:3307");
    }

    #[test]
    fn features_are_named_with_their_package() {
        assert!(features().split(',').all(|feature| feature.contains('/')));
    }

    #[test]
    fn a_server_that_fell_over_is_started_again() {
        static STARTS: AtomicUsize = AtomicUsize::new(0);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let service = Service {
            name: "server",
            variable: "EDAFW_TEST_NO_SUCH_SERVER_URL",
            default: "server://127.0.0.1",
            port: listener.local_addr().unwrap().port(),
            features: &[],
            start: || {
                STARTS.fetch_add(1, Ordering::Relaxed);
                anyhow::bail!("not in a test")
            },
            advice: "",
        };
        service.revive(Duration::ZERO);
        assert_eq!(STARTS.load(Ordering::Relaxed), 0, "it was there");
        drop(listener);
        service.revive(Duration::ZERO);
        assert_eq!(STARTS.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_watch_ends_with_the_tests() {
        assert_eq!(watched(|| 7), 7);
    }

    #[test]
    fn a_closed_port_does_not_answer() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap().to_string();
        assert!(answers(&place));
        drop(listener);
        assert!(!answers(&place));
    }
}
