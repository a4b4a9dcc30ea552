"""How complete the archive is: CloudTrail's own history of a day against what was delivered, by event id."""
