//! Who wants to go where, and what there is.

use trip_booking::trip::Trip;
use trip_places::Offer;

/// Offers, travellers and the trips that they want.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// The hotel's nights.
    pub nights: Vec<Offer>,
    /// The airline's flights.
    pub flights: Vec<Offer>,
    /// What the travellers have to spend.
    pub accounts: Vec<(String, i64)>,
    /// The trips, in the order in which they are asked for.
    pub trips: Vec<Trip>,
}

impl Sample {
    /// A few trips that show what can happen, if they are asked for one after the other.
    pub fn story() -> Self {
        let trip = |trip_no, traveller: &str, night: &str, flight: &str| Trip {
            trip_no,
            traveller: traveller.to_owned(),
            night: night.to_owned(),
            flight: flight.to_owned(),
            room_price: 90,
            seat_price: 150,
        };
        Self {
            nights: vec![offer("May 6", 2), offer("May 7", 3)],
            flights: vec![offer("E101", 2), offer("E102", 1)],
            accounts: [
                ("Ada", 500),
                ("Bram", 500),
                ("Chidi", 500),
                ("Dora", 500),
                ("Emil", 500),
                ("Fay", 100),
            ]
            .map(|(traveller, balance)| (traveller.to_owned(), balance))
            .into(),
            trips: vec![
                trip(1, "Ada", "May 6", "E101"),
                trip(2, "Bram", "May 6", "E102"),
                // May 6 is full.
                trip(3, "Chidi", "May 6", "E101"),
                // May 7 has a room, and E102 no seat: the room must not stay taken.
                trip(4, "Dora", "May 7", "E102"),
                trip(5, "Fay", "May 7", "E101"),
                trip(6, "Emil", "May 7", "E101"),
                trip(7, "Ada", "May 7", "E101"),
            ],
        }
    }

    /// So many trips at once, for about half as many places; some of the travellers cannot pay for all they want.
    pub fn crowd(trips: i64) -> Self {
        let travellers = trips / 3 + 1;
        let wanted = |number: i64| Trip {
            trip_no: 100 + number,
            traveller: format!("traveller {}", number % travellers),
            night: format!("June {}", 1 + number % 3),
            // Not in step with the nights: who has a room may find the flight full, and the other way round.
            flight: format!("F{}", 1 + number * 5 / 3 % 4),
            room_price: 60 + number % 5 * 10,
            seat_price: 100 + number % 7 * 10,
        };
        Self {
            nights: (1..=3).map(|night| offer(&format!("June {night}"), (trips / 5).max(1))).collect(),
            flights: (1..=4).map(|flight| offer(&format!("F{flight}"), (trips / 8).max(1))).collect(),
            accounts: (0..travellers)
                .map(|one| (format!("traveller {one}"), if one % 5 == 0 { 250 } else { 1_000 }))
                .collect(),
            trips: (1..=trips).map(wanted).collect(),
        }
    }

    /// Both together.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.nights.extend(other.nights);
        self.flights.extend(other.flights);
        self.accounts.extend(other.accounts);
        self.trips.extend(other.trips);
        self
    }
}

fn offer(name: &str, places: i64) -> Offer {
    Offer { name: name.to_owned(), places }
}
