"""A dataset in the forms that other programs and people read: one file a form.

``formats`` lists them. A form is a function of a dataset folder, a place to write to and
``Options``; it returns how many items stand in each file.
"""
