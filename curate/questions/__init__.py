"""Questions in many languages: aligned, checked cell by cell, exported; and scores of steering."""
