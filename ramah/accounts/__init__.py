"""Who works here, and how they come in; log-ins of people who shop.

Owns: users, agents, teams, roles, invitations, second factors and sessions (by django-allauth), limits of authority; the
middleware that says who acts; the pages for all that, and for reading the audit log.
Publishes: AgentJoined, AgentRoleChanged, AgentTeamsChanged, AgentDeactivated, AgentReactivated.
Listens to: nothing.
Never: knows what agents work on; decides by the name of a role what only a permission may decide.
"""
