"""The main job as a person does it: a browser on the Desk of any site that runs the app.

python -m browser --url http://127.0.0.1:8000 --password storekeeper --admin-password admin --screenshots FOLDER

It makes an Item, a Purchase Receipt, three Delivery Notes, a Sales Invoice and a Serial No of its own on that site and
leaves them there.
"""
