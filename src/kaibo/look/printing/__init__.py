"""Pages as PDF, in the font that lies here: `document.py` says what is printed, `pdf.py` prints it."""
