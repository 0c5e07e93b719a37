-- Who joined with a verification that no longer counts, and who is joining: that attempt may have seen it yet.
delete from membership where member_no = $1 and (joining is not null or verification < $2)
returning family_no, joining is null;
