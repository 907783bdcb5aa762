"""The optional HTTP side: the page on which customers answer a survey, and what monitors ask."""
