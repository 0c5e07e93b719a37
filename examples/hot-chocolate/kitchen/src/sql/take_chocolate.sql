update chocolate set grams = grams - ?1 where grams >= ?1 returning grams;
