select at_first, grams from chocolate;
