//! A way to an endpoint of AWS that counts requests and spoils some of them.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not get through: too many requests.
    Throttled,
    /// It does not get through: the service is broken.
    Broken,
    /// It does not get through: the answer has this code, such as that of a missing right.
    Refused(&'static str),
    /// It gets through, and the answer does not come back.
    AnswerLost,
    /// Its last entry does not get through, and the answer says so.
    LastEntryRefused,
    /// It gets through twice.
    Twice,
}

#[derive(Debug, Default)]
struct State {
    faults: VecDeque<(&'static str, Fault)>,
    requests: Vec<(String, String)>,
    /// Nothing is received from queues whose names end so.
    held: Option<&'static str>,
    away: bool,
}

/// Passes requests on.
pub struct Proxy {
    endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    pub fn to(endpoint: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let own = format!("http://{}", listener.local_addr().expect("it is bound"));
        let server = endpoint.strip_prefix("http://").expect("an endpoint without encryption").to_owned();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, state) = (server.clone(), Arc::clone(&shared));
                std::thread::spawn(move || serve(client, &server, &state));
            }
        });
        Self { endpoint: own, state }
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Spoils the next request of an action, once for each fault.
    pub fn spoil(&self, action: &'static str, faults: &[Fault]) {
        let mut state = self.state.lock().expect("nobody panics with it");
        state.faults.extend(faults.iter().map(|fault| (action, *fault)));
    }

    /// Lets queues whose names end so look empty; `None` for no queue.
    pub fn hold(&self, queue: Option<&'static str>) {
        self.state.lock().expect("nobody panics with it").held = queue;
    }

    /// Lets nothing through at all, or everything again.
    pub fn set_away(&self, away: bool) {
        self.state.lock().expect("nobody panics with it").away = away;
    }

    /// Whether every fault has happened.
    pub fn is_done(&self) -> bool {
        self.state.lock().expect("nobody panics with it").faults.is_empty()
    }

    /// Requests of an action whose target, a topic's or queue's name, ends so.
    pub fn count(&self, action: &str, target: &str) -> usize {
        let state = self.state.lock().expect("nobody panics with it");
        state.requests.iter().filter(|(name, to)| name == action && to.ends_with(target)).count()
    }

    /// Forgets what was counted.
    pub fn reset(&self) {
        self.state.lock().expect("nobody panics with it").requests.clear();
    }
}

/// A request or an answer.
struct Message {
    head: String,
    body: Vec<u8>,
}

impl Message {
    fn read(from: &mut impl BufRead) -> Option<Self> {
        let mut head = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if from.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok()?;
            } else {
                head.push_str(&line);
            }
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body).ok()?;
        Some(Self { head, body })
    }

    fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        write!(to, "{}content-length: {}\r\n\r\n", self.head, self.body.len())?;
        to.write_all(&self.body)?;
        to.flush()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The action, and the name of the topic or queue that it is done to.
    fn action(&self) -> (String, String) {
        if let Some(target) = self.header("x-amz-target") {
            let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
            let to = body["QueueUrl"].as_str().or(body["QueueName"].as_str()).unwrap_or_default();
            return (target.rsplit('.').next().unwrap_or_default().to_owned(), to.to_owned());
        }
        let text = String::from_utf8_lossy(&self.body);
        let field = |name: &str| {
            let found = text.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            found.unwrap_or_default().to_owned()
        };
        (field("Action"), field("TopicArn"))
    }

    fn is_json(&self) -> bool {
        self.header("x-amz-target").is_some()
    }
}

fn serve(client: TcpStream, server: &str, state: &Mutex<State>) {
    let (Ok(mut out), Ok(upstream)) = (client.try_clone(), TcpStream::connect(server)) else { return };
    let Ok(mut to_server) = upstream.try_clone() else { return };
    let mut from_server = BufReader::new(upstream);
    let mut requests = BufReader::new(client);
    while let Some(request) = Message::read(&mut requests) {
        let (action, target) = request.action();
        let (fault, held) = {
            let mut state = state.lock().expect("nobody panics with it");
            if state.away {
                return;
            }
            let held = action == "ReceiveMessage" && state.held.is_some_and(|queue| target.ends_with(queue));
            state.requests.push((action.clone(), target));
            let place = state.faults.iter().position(|(name, _)| *name == action);
            (place.and_then(|place| state.faults.remove(place)).map(|(_, fault)| fault), held)
        };
        if held {
            // As if it had waited for a message: an answer at once would be asked for again at once.
            let (_keep, never) = std::sync::mpsc::channel::<()>();
            let _ = never.recv_timeout(Duration::from_millis(250));
            let start = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\n".to_owned();
            if (Message { head: start, body: b"{}".to_vec() }).write(&mut out).is_err() {
                return;
            }
            continue;
        }
        let mut pass = |request: &Message| {
            request.write(&mut to_server).ok()?;
            Message::read(&mut from_server)
        };
        let answer = match fault {
            None => pass(&request),
            Some(Fault::Throttled) => {
                Some(refusal("400 Bad Request", "ThrottlingException", request.is_json()))
            }
            Some(Fault::Broken) => {
                Some(refusal("503 Service Unavailable", "ServiceUnavailable", request.is_json()))
            }
            Some(Fault::Refused(code)) => Some(refusal("403 Forbidden", code, request.is_json())),
            Some(Fault::AnswerLost) => {
                pass(&request);
                None
            }
            Some(Fault::LastEntryRefused) => {
                let (request, id) = without_last_entry(&request);
                pass(&request).map(|answer| with_refused(answer, &id))
            }
            Some(Fault::Twice) => {
                pass(&request);
                pass(&request)
            }
        };
        let Some(answer) = answer else { return };
        if answer.write(&mut out).is_err() {
            return;
        }
    }
}

fn refusal(status: &str, code: &str, is_json: bool) -> Message {
    let (kind, body) = if is_json {
        ("application/x-amz-json-1.0", json!({ "__type": code, "message": "made by a test" }).to_string())
    } else {
        let error =
            format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>made by a test</Message></Error>");
        ("text/xml", format!("<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"))
    };
    Message { head: format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n"), body: body.into_bytes() }
}

/// The request of all entries but the last, and the last one's id.
fn without_last_entry(request: &Message) -> (Message, String) {
    let head = request.head.clone();
    if request.is_json() {
        let mut body: Value = serde_json::from_slice(&request.body).expect("the SDK sends JSON");
        let entry = body["Entries"].as_array_mut().and_then(Vec::pop).expect("a batch has entries");
        let id = entry["Id"].as_str().expect("an entry has an id").to_owned();
        return (Message { head, body: body.to_string().into_bytes() }, id);
    }
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let entry = |number: usize| format!("PublishBatchRequestEntries.member.{number}.");
    let last = (1..=10).rev().find(|number| text.contains(&entry(*number))).expect("a batch has entries");
    let (gone, kept): (Vec<&str>, Vec<&str>) =
        text.split('&').partition(|pair| pair.starts_with(&entry(last)));
    let id = gone.iter().find_map(|pair| pair.strip_prefix(&format!("{}Id=", entry(last))));
    let id = id.expect("an entry has an id").to_owned();
    (Message { head, body: kept.join("&").into_bytes() }, id)
}

fn with_refused(answer: Message, id: &str) -> Message {
    let body = if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) {
        let failed =
            json!({ "Id": id, "Code": "InternalError", "SenderFault": false, "Message": "made by a test" });
        match body["Failed"].as_array_mut() {
            Some(list) => list.push(failed),
            None => body["Failed"] = json!([failed]),
        }
        body.to_string()
    } else {
        let text = String::from_utf8_lossy(&answer.body);
        let failed = format!(
            "<Failed><member><Id>{id}</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member></Failed>"
        );
        text.replace("<Failed></Failed>", "").replace("<Failed/>", "").replacen(
            "</PublishBatchResult>",
            &format!("{failed}</PublishBatchResult>"),
            1,
        )
    };
    Message { head: answer.head, body: body.into_bytes() }
}
