//! What must be true in the end.

mod ledger;

use std::collections::BTreeMap;

use edafw::Failure;

use crate::sample::Sample;
pub use ledger::{Ledger, Ledgers};

/// What the three databases say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    /// Traveller and balance.
    pub accounts: Vec<(String, i64)>,
    /// Trip, state, reason, what was paid.
    pub trips: Vec<(i64, String, Option<String>, i64)>,
    /// Trip and text.
    pub letters: Vec<(i64, String)>,
    /// The rooms that are booked: trip, night, price.
    pub rooms: Vec<(i64, String, i64)>,
    /// The seats that are booked: trip, flight, price.
    pub seats: Vec<(i64, String, i64)>,
}

impl Books {
    /// Reads them.
    ///
    /// # Errors
    /// A database cannot be read.
    pub async fn read(ledgers: &mut Ledgers) -> Result<Self, Failure> {
        let Ledgers { booking, hotel, airline } = ledgers;
        Ok(Self {
            accounts: booking.rows(include_str!("sql/accounts.sql")).await?,
            trips: booking.rows(include_str!("sql/trips.sql")).await?,
            letters: booking.rows(include_str!("sql/letters.sql")).await?,
            rooms: hotel.booked().await?,
            seats: airline.booked().await?,
        })
    }

    /// How many of the sample's trips are booked, and how many are closed without.
    pub fn outcomes(&self, sample: &Sample) -> (usize, usize) {
        let is_of = |number: i64| sample.trips.iter().any(|trip| trip.trip_no == number);
        let count =
            |state| self.trips.iter().filter(|(number, own, ..)| own == state && is_of(*number)).count();
        (count("booked"), count("not booked"))
    }

    /// What became of a trip, as its letter says.
    pub fn letter(&self, trip_no: i64) -> Option<&str> {
        self.letters.iter().find(|(number, _)| *number == trip_no).map(|(_, text)| text.as_str())
    }

    // ANCHOR: mistakes
    /// Everything that is not as it must be once all the sample's trips were asked for, and closed.
    pub fn mistakes(&self, sample: &Sample) -> Vec<String> {
        let mut mistakes = Vec::new();
        self.each_trip_ended_once(sample, &mut mistakes);
        self.nothing_is_sold_twice(sample, &mut mistakes);
        self.the_money_adds_up(sample, &mut mistakes);
        mistakes
    }
    // ANCHOR_END: mistakes

    fn each_trip_ended_once(&self, sample: &Sample, mistakes: &mut Vec<String>) {
        let trips: BTreeMap<i64, _> = self.trips.iter().map(|trip| (trip.0, trip)).collect();
        for wanted in &sample.trips {
            let number = wanted.trip_no;
            let Some((_, state, reason, paid)) = trips.get(&number) else {
                mistakes.push(format!("trip {number} is not known"));
                continue;
            };
            let room = self.rooms.iter().find(|(trip, ..)| *trip == number);
            let seat = self.seats.iter().find(|(trip, ..)| *trip == number);
            let as_booked = room == Some(&(number, wanted.night.clone(), wanted.room_price))
                && seat == Some(&(number, wanted.flight.clone(), wanted.seat_price))
                && *paid == wanted.room_price + wanted.seat_price;
            let as_not_booked = room.is_none() && seat.is_none() && *paid == 0 && reason.is_some();
            if !(state == "booked" && as_booked || state == "not booked" && as_not_booked) {
                mistakes.push(format!(
                    "trip {number} is `{state}` ({reason:?}) with room {room:?}, seat {seat:?} and {paid} paid"
                ));
            }
            let text = reason.as_ref().map_or("booked".to_owned(), |reason| format!("not booked: {reason}"));
            let letters: Vec<_> = self.letters.iter().filter(|(trip, _)| *trip == number).collect();
            if !matches!(letters[..], [(_, only)] if *only == text) {
                mistakes.push(format!("trip {number}, `{text}`, has the letters {letters:?}"));
            }
        }
        if self.trips.len() != sample.trips.len() {
            mistakes.push(format!("{} trips instead of {}", self.trips.len(), sample.trips.len()));
        }
    }

    fn nothing_is_sold_twice(&self, sample: &Sample, mistakes: &mut Vec<String>) {
        for (sold, offers) in [(&self.rooms, &sample.nights), (&self.seats, &sample.flights)] {
            for offer in offers {
                let taken = sold.iter().filter(|(_, name, _)| *name == offer.name).count() as i64;
                if taken > offer.places {
                    mistakes
                        .push(format!("{} has {} places, and {taken} are booked", offer.name, offer.places));
                }
            }
            for (trip, name, _) in sold {
                if !sample.trips.iter().any(|wanted| wanted.trip_no == *trip) {
                    mistakes.push(format!("{name} is booked for trip {trip}, which nobody wants"));
                }
            }
        }
    }

    fn the_money_adds_up(&self, sample: &Sample, mistakes: &mut Vec<String>) {
        let had: i64 = sample.accounts.iter().map(|(_, balance)| balance).sum();
        let has: i64 = self.accounts.iter().map(|(_, balance)| balance).sum();
        let paid: i64 = self.trips.iter().map(|(.., paid)| paid).sum();
        let earned: i64 = self.rooms.iter().chain(&self.seats).map(|(.., price)| price).sum();
        if had != has + paid || paid != earned {
            mistakes.push(format!(
                "the travellers had {had} and have {has}; they paid {paid}, and hotel and airline earned {earned}"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Books;
    use crate::sample::Sample;

    /// The story's first and third trip, as they should end.
    fn right() -> (Sample, Books) {
        let mut sample = Sample::story();
        sample.trips = vec![sample.trips[0].clone(), sample.trips[2].clone()];
        let mut accounts = sample.accounts.clone();
        accounts[0].1 -= 240;
        let books = Books {
            accounts,
            trips: vec![
                (1, "booked".to_owned(), None, 240),
                (3, "not booked".to_owned(), Some("no room".to_owned()), 0),
            ],
            letters: vec![(1, "booked".to_owned()), (3, "not booked: no room".to_owned())],
            rooms: vec![(1, "May 6".to_owned(), 90)],
            seats: vec![(1, "E101".to_owned(), 150)],
        };
        (sample, books)
    }

    fn mistake(change: impl FnOnce(&mut Books)) -> String {
        let (sample, mut books) = right();
        change(&mut books);
        books.mistakes(&sample).join("; ")
    }

    #[test]
    fn right_books_have_no_mistakes() {
        let (sample, books) = right();
        assert_eq!(books.mistakes(&sample), [""; 0]);
        assert_eq!(books.outcomes(&sample), (1, 1));
    }

    #[test]
    fn every_mistake_is_found() {
        assert!(mistake(|books| books.seats.clear()).contains("trip 1 is `booked`"));
        let left_behind = mistake(|books| books.rooms.push((3, "May 6".to_owned(), 90)));
        assert!(left_behind.contains("trip 3 is `not booked`"), "{left_behind}");
        assert!(mistake(|books| books.trips[0].1 = "confirming".to_owned()).contains("`confirming`"));
        assert!(mistake(|books| drop(books.trips.pop())).contains("trip 3 is not known"));
        assert!(mistake(|books| books.letters.push((1, "booked".to_owned()))).contains("has the letters"));
        assert!(mistake(|books| books.letters.clear()).contains("has the letters"));
        assert!(mistake(|books| books.accounts[3].1 += 1).contains("the travellers had"));
        assert!(mistake(|books| books.rooms[0].2 = 80).contains("earned 230"));
        let sold_twice = mistake(|books| {
            books.rooms.extend([(8, "May 6".to_owned(), 0), (9, "May 6".to_owned(), 0)]);
        });
        assert!(sold_twice.contains("May 6 has 2 places, and 3 are booked"), "{sold_twice}");
        assert!(sold_twice.contains("for trip 9, which nobody wants"), "{sold_twice}");
    }
}
