-- None where another attempt has taken the place of this one, or a reset has ended it.
update membership set joining = null, verification = $3 where member_no = $1 and joining = $2;
