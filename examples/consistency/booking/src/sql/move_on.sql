update trip set state = ?3, reason = coalesce(?4, reason) where trip_no = ?1 and state = ?2;
